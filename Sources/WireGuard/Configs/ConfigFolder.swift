import ControlPlane
import GRDB
import Journal
import Support

/// The folder of WireGuard configs, `/etc/wireguard` on most hosts.
package struct ConfigFolder: Sendable {
    /// Opened once; a link to it is followed.
    let folder: OpenFolder
    /// How the application writes what is in it.
    let learnt: LearntOutput
    /// Whether a firewall script that has to be left alone is as the operator wants it, and no error.
    private let keepsFirewall: Bool

    /// Opens the folder, and learns from what is in it before anything is removed.
    ///
    /// - Parameters:
    ///   - mtu: the MTU that every config sets; nil for that of the configs that are there.
    ///   - keepsFirewall: whether a firewall script that has to be left alone is no error.
    /// - Throws: ``ConfigsFailure`` where there is no such folder, or it cannot be read or written. Asked before anything is
    ///   removed, since configs that stay behind would keep ended accounts' tunnels. ``DatabaseFailure``.
    package init(existing path: String, of database: ControlPlaneDatabase, mtu: Int?, keepsFirewall: Bool) throws {
        folder = try Self.open(path)
        learnt = try LearntOutput(in: folder, of: database, mtu: mtu)
        self.keepsFirewall = keepsFirewall
    }

    package static func open(_ path: String) throws(ConfigsFailure) -> OpenFolder {
        try ConfigsFailure.wrapping { () throws(FileFailure) in
            let folder = try OpenFolder(path)
            try folder.requireWritable()
            return folder
        }
    }

    /// What the removal did, as far as it explains why a config changed.
    package struct Causes: Sendable {
        /// Instances that this run removed.
        package var removedInterfaces: Set<Int> = []
        /// Instances that lost a redirect rule because the peer it led to was removed.
        package var affectedInterfaces: Set<Int> = []

        package init(removedInterfaces: Set<Int> = [], affectedInterfaces: Set<Int> = []) {
            self.removedInterfaces = removedInterfaces
            self.affectedInterfaces = affectedInterfaces
        }
    }

    /// What was done, what stopped it, and what could be seen of the tunnels afterwards.
    package struct Update {
        package var record: ConfigsRecord
        package var failure: (any ExplainedError)?
        /// nil where live interfaces could not be looked at.
        package var proof: ProofOfEffect?
        /// The interfaces that did not answer, at this look or earlier in the call.
        package var silent: SilentInterfaces
    }

    /// Makes the folder, and live interfaces, say what the database says.
    ///
    /// A file that would not change is not written. The configs of removed instances are deleted last, each after its
    /// interface was taken down. What goes wrong with one file or interface is noted, and the others go on. What the
    /// application changes while files are written is taken in by another pass; one that keeps changing something has the
    /// last word with its own next export.
    ///
    /// - Throws: ``ConfigsFailure`` where nothing was done yet. What ends the work later is the update's ``Update/failure``,
    ///   whose record has what was done until then.
    package func bringUpToDate(
        from database: ControlPlaneDatabase, causes: Causes, live view: LiveView, _ surroundings: Surroundings
    ) throws -> Update {
        // wg-quick goes by the path, and so does whoever looks for a config.
        try ConfigsFailure.wrapping { () throws(FileFailure) in try folder.requireInPlace() }
        var update = try ConfigUpdate(folder: folder, causes: causes, mark: ExportMark(database))
        update.record.learnt = LearntRecord(learnt)
        var live: LivePass?
        var stop: (any ExplainedError)?
        do {
            let (rendering, firewall) = try writeAll(into: &update, from: database, surroundings)
            var pass = LivePass(view, configs: folder, pause: surroundings.pause)
            // What was done to interfaces before an error counts as well.
            defer { live = pass }
            try removeWhatIsGone(&update, &pass, from: database, surroundings)
            try bringInLine(rendering, &update, &pass, from: database)
            pass.runFirewall(firewall)
        } catch let error as any ExplainedError {
            stop = error
            update.record.errors.append(error.description)
        } catch {
            update.record.errors.append("\(error)")
        }
        update.noteGone(causes.removedInterfaces)
        update.finish()
        // The configs are whole all the same.
        if let why = update.scriptLeftAlone, !keepsFirewall {
            update.record.errors.append(
                "\(FirewallScript.fileName) is left alone, and may let through what it should not: \(why); look at it, then "
                    + "export from the application or move it away, or say --keep-firewall")
        }
        let proof = live?.proof()
        if let live { update.record.take(live) }
        return Update(
            record: update.record, failure: stop ?? update.markFailure ?? update.failure, proof: proof,
            silent: live?.silent ?? view.silent)
    }

    /// Writes the files, in as many passes as it takes until nothing has changed meanwhile.
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

    /// nil where instances have no limit on their bandwidth.
    private func bandwidthScripts(_ schema: SchemaCapabilities) throws(ConfigsFailure) -> BandwidthScripts? {
        guard schema.limitsBandwidth else { return nil }
        return try ConfigsFailure.wrapping { () throws(FileFailure) in try BandwidthScripts(in: folder) }
    }

    /// Brings the interfaces of the instances that stay in line with their configs.
    private func bringInLine(
        _ rendering: ConfigRendering, _ update: inout ConfigUpdate, _ live: inout LivePass,
        from database: ControlPlaneDatabase
    ) throws {
        for config in rendering.configs { live.sync(config, update.unapplied) }
        if !live.strangers.isEmpty {
            let removed = try database.readOnly(while: "read the journal of the database") { db in
                try Journal.removedInterfaces(among: Set(live.strangers.keys), in: db)
            }
            live.settleStrangers(removed, update.unapplied)
        }
        live.compare(rendering.configs)
        if !rendering.withoutBandwidthScripts.isEmpty {
            let names = rendering.withoutBandwidthScripts.map(InterfaceName.of)
            live.record.remarks.append(
                "these have a bandwidth limit whose scripts the application has not written yet, so that their configs do "
                    + "not run them: \(names.firstFew())")
        }
        let unapplied = update.unapplied
        update.strikeOut { number in
            if rendering.interfaceNumbers.contains(number) { return live.isDone(with: number) }
            // By its earlier keys alone a later run can tell that an interface was the removed instance's.
            return unapplied.earlierKeys(of: number).isEmpty || live.isGone(number)
        }
    }

    /// Where the application writes all the time, a session with every request say, there is always something new; after
    /// so many passes what is new is the application's to export.
    private static let mostPasses = 3

    /// How many instances are rendered in one read transaction, during which nobody else can commit: with five peers each
    /// some 100 ms.
    private static let instancesInATransaction = 5_000
    private static let reading = "read the configs from the database"

    private func write(
        into update: inout ConfigUpdate, from database: ControlPlaneDatabase, _ surroundings: Surroundings
    ) throws -> (ConfigRendering, FirewallScript) {
        let schema = database.schema.capabilities
        // What changes between two of these transactions is taken in by another pass.
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
        for config in rendering.configs {
            update.write(config)
            surroundings.observe(.checkpoint(.configVisited))
        }
        return (rendering, firewall)
    }
}
