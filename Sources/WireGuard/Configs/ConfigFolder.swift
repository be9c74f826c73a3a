import ControlPlane
import GRDB
import Journal
import Support

/// The folder of WireGuard configs, `/etc/wireguard` on most hosts.
package struct ConfigFolder: Sendable {
    /// Opened once; a symbolic link to it is followed.
    let folder: OpenFolder
    /// How the application writes the files in the folder.
    private(set) var learnt: LearntOutput
    /// Whether the operator accepts that an unknown firewall script is left alone, so that it is no error.
    private let keepsFirewall: Bool
    /// The columns of unknown tables that held keys of peers or instances before anything was removed.
    private let referencesBefore: [ControlPlaneSchema.Reference]

    /// Opens the folder and learns from its files before anything is removed.
    ///
    /// - Parameters:
    ///   - mtu: the MTU that every config sets; nil to keep the MTU of the existing configs.
    ///   - keepsFirewall: whether it is no error that an unknown firewall script is left alone.
    ///   - isToBeWritten: whether the folder has to be writable. A plan only reads it.
    /// - Throws: ``ConfigsFailure`` if the folder does not exist, or cannot be read or written. This is checked
    ///   before anything is removed, because configs that stay behind would keep the tunnels of ended accounts.
    ///   ``ForeignConfigs`` if the folder is plainly another control plane's. ``DatabaseFailure``.
    package init(
        existing path: String, of database: ControlPlaneDatabase, mtu: Int?, keepsFirewall: Bool,
        isToBeWritten: Bool = true
    ) throws {
        folder = try isToBeWritten ? Self.open(path) : Self.openToRead(path)
        learnt = try LearntOutput(in: folder, of: database, mtu: mtu)
        self.keepsFirewall = keepsFirewall
        if let refusal = learnt.ownership.refusal(of: path) { throw refusal }
        referencesBefore = try database.referencesByValue()
    }

    private static func openToRead(_ path: String) throws(ConfigsFailure) -> OpenFolder {
        try ConfigsFailure.wrapping { () throws(FileFailure) in try OpenFolder(path) }
    }

    package static func open(_ path: String) throws(ConfigsFailure) -> OpenFolder {
        try ConfigsFailure.wrapping { () throws(FileFailure) in
            let folder = try OpenFolder(path)
            try folder.requireWritable()
            return folder
        }
    }

    /// What was removed, as far as it explains why a config changed.
    package struct Causes: Sendable {
        /// The run; nil where accounts are not removed.
        package var run: RunID?
        /// Instances that this run removed.
        package var removedInterfaces: Set<Int> = []
        /// Instances that lost a redirect rule because its target peer was removed.
        package var affectedInterfaces: Set<Int> = []
        /// Instances that were restored, and whose interfaces are brought up.
        package var restoredInterfaces: Set<Int> = []

        package init(run: RunID? = nil, removedInterfaces: Set<Int> = [], affectedInterfaces: Set<Int> = []) {
            self.run = run
            self.removedInterfaces = removedInterfaces
            self.affectedInterfaces = affectedInterfaces
        }
    }

    /// The changes made, the error that stopped them, and what could be seen of the tunnels afterwards.
    package struct Update {
        package var record: ConfigsRecord
        package var failure: (any ExplainedError)?
        package var files: FilesInPlace
        /// The files that workers of a cluster fetch and that are not as they should be.
        package var unfinished: Set<String>
        /// Keys that earlier runs have removed, and that this one has found in configs again.
        package var reopenedKeys: Set<String>
        /// nil where live interfaces could not be inspected.
        package var proof: ProofOfEffect?
        /// The interfaces that did not answer, now or earlier in the call.
        package var silent: SilentInterfaces
    }

    /// How many of the files that workers of a cluster fetch are as they should be.
    package enum FilesInPlace: Comparable, Sendable {
        /// An error kept all of them from being brought up to date, or some after it.
        case none
        /// Single files were left as they were, because they could not be changed or their interfaces are still up.
        case some
        case all
    }

    /// Brings the folder and the live interfaces in line with the database.
    ///
    /// A file that would not change is not written. The config of a removed instance is deleted last, after its
    /// interface is taken down. An error with one file or interface is recorded, and the others continue. If the
    /// application changes data while files are written, another pass follows. The number of passes is limited; the
    /// application's next export publishes any change after the last pass.
    ///
    /// - Throws: ``ConfigsFailure`` if nothing was done yet. An error that ends the work later is the update's
    ///   ``Update/failure``; its record contains what was done until then.
    package func bringUpToDate(
        from database: ControlPlaneDatabase, causes: Causes, live view: LiveView, _ surroundings: Surroundings
    ) throws -> Update {
        var configs = self
        configs.learnt = learnt.ofThoseWhoStay(without: causes.removedInterfaces)
        return try configs.bringAllUpToDate(from: database, causes, view, surroundings)
    }

    private func bringAllUpToDate(
        from database: ControlPlaneDatabase, _ causes: Causes, _ view: LiveView, _ surroundings: Surroundings
    ) throws -> Update {
        // wg-quick opens the configs by path, and so do administrators.
        try ConfigsFailure.wrapping { () throws(FileFailure) in try folder.requireInPlace() }
        var ownership = learnt.ownership
        if ownership.hasStrangers { view.noteUp(in: &ownership, of: database) }
        var update = try ConfigUpdate(
            folder: folder, causes: causes, mark: ExportMark(database), ownership: ownership)
        update.record.learnt = LearntRecord(learnt)
        // If an error ends the work before the interfaces are listed, this remains.
        update.record.notApplied = view.obstacle ?? .unseen
        var live: LivePass?
        var stop: (any ExplainedError)?
        do {
            let (rendering, firewall) = try writeAll(into: &update, from: database, surroundings)
            var pass = LivePass(
                view, of: database, configs: folder, foreignKeys: learnt.ownership.foreignKeys,
                deletions: update.deletions, pause: surroundings.pause)
            // Changes to interfaces before an error are reported as well.
            defer { live = pass }
            try removeWhatIsGone(&update, &pass, from: database, surroundings)
            try bringInLine(rendering, &update, &pass, from: database)
            // A restored interface must not be up without the rules for it.
            pass.runFirewall(firewall)
            try bringUpRestored(rendering, update, &pass, firewall, of: database)
        } catch let error as any ExplainedError {
            stop = error
            update.record.errors.append(error.description)
        } catch {
            update.record.errors.append("\(error)")
        }
        update.addEarlierDeletions()
        update.finish()
        let failure = stop ?? update.markFailure ?? update.failure
        let areAllInPlace = update.record.regenerated && update.unfinished.isEmpty
        let files: FilesInPlace = failure != nil ? .none : areAllInPlace ? .all : .some
        // Errors, although the configs are complete.
        update.record.errors += update.strayKeys
        if let why = update.scriptLeftAlone, !keepsFirewall {
            update.record.errors.append(FirewallScript.leftAlone(because: why))
        }
        do {
            update.record.errors += try unknownTables(database)
        } catch let error as any ExplainedError {
            stop = stop ?? error
            if !update.record.errors.contains(error.description) { update.record.errors.append(error.description) }
        }
        let proof = live?.proof()
        if let live { update.record.take(live) }
        update.addEarlierInterfaces()
        if let mixed = learnt.mixedMTU(without: causes.removedInterfaces) { update.record.live.remarks.append(mixed) }
        return Update(
            record: update.record, failure: failure, files: files, unfinished: update.unfinished,
            reopenedKeys: update.reopenedKeys, proof: proof, silent: live?.silent ?? view.silent)
    }

    /// Problems with configs, firewall script and unknown tables that a run would report whichever accounts it removes,
    /// one sentence each.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func foreseenErrors(_ database: ControlPlaneDatabase) throws -> [String] {
        let script = keepsFirewall ? nil : learnt.foreignScript.map { FirewallScript.leftAlone(because: $0) }
        let configs = learnt.ownership.ofInstancesLeftAlone.map {
            ConfigOwnership.leftAlone(InterfaceName.config(of: $0))
        }
        return try configs + [script].compactMap(\.self) + unknownTables(database)
    }

    /// The unknown tables that refer to peers or instances, of those who stay or of those who were removed, in sentences.
    private func unknownTables(_ database: ControlPlaneDatabase) throws -> [String] {
        let now = try database.undecidedReferencesInUse()
        let named = Set(now.map(\.acceptance))
        let gone = referencesBefore.filter { !named.contains($0.acceptance) }
        let ofThoseWhoStay: [String] = now.map { reference in
            "\(reference.unknown.subject) refers\(reference.unknown.byColumn) to \(reference.parentTable); if it decides who may "
                + "connect, the configs are wrong; see whether the application reads it when it exports; if it does "
                + "not: --accept-column \(reference.acceptance.description.quotedForShell)"
        }
        let ofThoseRemoved: [String] = gone.map { reference in
            "\(reference.unknown.subject) referred\(reference.unknown.byColumn) to rows of \(reference.parentTable) that are "
                + "gone now; its rows were left; see whether they still "
                + "give the removed accounts something; if they do not: --accept-column \(reference.acceptance.description.quotedForShell)"
        }
        return ofThoseWhoStay + ofThoseRemoved
    }

    /// Drops the list of what a run has deleted. Call it once the run is complete.
    package func forgetDeletions(of run: RunID) throws(FileFailure) { try Deletions.forget(run, in: folder) }

    /// Writes the files, and repeats until nothing has changed meanwhile, up to ``mostPasses`` times.
    private func writeAll(
        into update: inout ConfigUpdate, from database: ControlPlaneDatabase, _ surroundings: Surroundings
    ) throws -> (ConfigRendering, FirewallScript) {
        var passes = 0
        var written: (rendering: ConfigRendering, firewall: FirewallScript)
        repeat {
            passes += 1
            written = try write(into: &update, from: database, surroundings)
        } while try passes < Self.mostPasses && update.version != database.version()
        update.write(written.firewall, learnt)
        update.clearLeftovers()
        surroundings.observe(.checkpoint(.configsWritten))
        return written
    }

    /// nil where the schema has no bandwidth limits.
    private func bandwidthScripts(_ schema: SchemaCapabilities) throws(ConfigsFailure) -> BandwidthScripts? {
        guard schema.limitsBandwidth else { return nil }
        return try ConfigsFailure.wrapping { () throws(FileFailure) in try BandwidthScripts(in: folder) }
    }

    /// Brings up the interfaces of restored instances, also of a restore that was cut short.
    private func bringUpRestored(
        _ rendering: ConfigRendering, _ update: ConfigUpdate, _ live: inout LivePass, _ firewall: FirewallScript,
        of database: ControlPlaneDatabase
    ) throws {
        let pending = try ConfigsFailure.wrapping { () throws(FileFailure) in try RestoredInterfaces.numbers(in: folder)
        }
        let wanted = update.causes.restoredInterfaces.union(pending)
        guard !wanted.isEmpty else { return }
        // Then the workers of the cluster bring them up.
        if try ClusterState.isUpOnWorkersAlone(database) {
            return try ConfigsFailure.wrapping { () throws(FileFailure) in
                try RestoredInterfaces.remove(pending, in: folder)
            }
        }
        // An unfinished file has old content, or belongs to somebody else.
        let written = rendering.configs.filter { !update.unfinished.contains($0.fileName) }
        let restored = written.filter { wanted.contains($0.number) }
        live.bringUp(restored, under: firewall)
        let running = restored.filter { $0.runsFirewallScript && live.record.up.contains(InterfaceName.of($0.number)) }
        if update.scriptLeftAlone != nil, let config = running.first {
            live.record.remarks.append(
                "\(FirewallScript.fileName), which was left alone, was run by the PostUp of "
                    + InterfaceName.of(config.number))
        }
        let done = pending.filter { live.isUp($0) || !rendering.interfaceNumbers.contains($0) }
        try ConfigsFailure.wrapping { () throws(FileFailure) in try RestoredInterfaces.remove(done, in: folder) }
    }

    /// Brings the interfaces of the instances that stay in line with their configs.
    private func bringInLine(
        _ rendering: ConfigRendering, _ update: inout ConfigUpdate, _ live: inout LivePass,
        from database: ControlPlaneDatabase
    ) throws {
        for config in rendering.configs { live.sync(config, update.unapplied) }
        if !live.mismatched.isEmpty {
            let removed = try database.readOnly(while: "read the journal of the database") { db in
                try Journal.removedInterfaces(among: Set(live.mismatched.keys), in: db)
            }
            live.settleMismatched(removed, update.unapplied)
        }
        live.compare(rendering.configs)
        if !rendering.withoutBandwidthScripts.isEmpty {
            let names = rendering.withoutBandwidthScripts.map(InterfaceName.of)
            live.record.remarks.append(
                "these interfaces have a bandwidth limit whose scripts the application has not written yet, so their "
                    + "configs do not run them: \(names.firstFew())")
        }
        if !rendering.withOtherBandwidth.isEmpty {
            let names = rendering.withOtherBandwidth.map(InterfaceName.of)
            live.record.remarks.append(
                "until the application exports, the scripts of these interfaces set another bandwidth limit than the "
                    + "database: "
                    + names.firstFew())
        }
        let unapplied = update.unapplied
        update.strikeOut { number in
            if rendering.interfaceNumbers.contains(number) { return live.isDone(with: number) }
            // A later run can recognize the interface of a removed instance only by its earlier keys.
            return unapplied.earlierKeys(of: number).isEmpty || live.isGone(number)
        }
    }

    /// An application that writes all the time, a session with every request for example, always has new changes.
    /// After this many passes, its own next export publishes what is new.
    private static let mostPasses = 3

    /// How many instances are rendered in one read transaction. Nobody else can commit during it: about 100 ms with
    /// five peers per instance.
    private static let instancesInATransaction = 5_000
    private static let reading = "read the configs from the database"

    private func write(
        into update: inout ConfigUpdate, from database: ControlPlaneDatabase, _ surroundings: Surroundings
    ) throws -> (ConfigRendering, FirewallScript) {
        let schema = database.schema.capabilities
        // If data changes between two of these transactions, another pass follows.
        let version = try database.version()
        var rendering = try ConfigRendering(schema, learnt, bandwidthScripts(schema))
        var hasMore = true
        while hasMore {
            hasMore = try database.readOnly(while: Self.reading) { db in
                try rendering.renderMore(db, atMost: Self.instancesInATransaction)
            }
        }
        let firewall = try database.readOnly(while: Self.reading) { db in
            try FirewallScript(reading: db, schema, learnt)
        }
        update.begin(version: version)
        for value in rendering.unwritable { update.note(value) }
        for (index, config) in rendering.configs.enumerated() {
            update.write(config)
            surroundings.observe(.checkpoint(.configVisited))
            if index % 64 == 63 { surroundings.observe(.progress(done: index + 1, of: rendering.configs.count)) }
        }
        return (rendering, firewall)
    }
}
