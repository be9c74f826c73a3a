import GRDB
import Glibc

/// The folder of WireGuard configs, `/etc/wireguard` on most hosts.
struct ConfigFolder: Sendable {
    let path: String
    /// For the line `MTU = …` of every config; the application takes it from its environment.
    private let mtu: Int?

    /// - Throws: ``ConfigsFailure`` where there is no such folder or it cannot be written. Asked before anything is
    ///   removed, since configs that stay behind would keep ended accounts' tunnels.
    init(existing path: String, mtu: Int?) throws {
        self.path = path
        self.mtu = mtu
        do {
            var facts = stat()
            guard stat(path, &facts) == 0 else { throw FileFailure(.open, path) }
            guard facts.st_mode & S_IFMT == S_IFDIR else { throw FileFailure(.open, path, code: ENOTDIR) }
            guard access(path, W_OK | X_OK) == 0 else { throw FileFailure(.write, path) }
        } catch let failure as FileFailure {
            throw ConfigsFailure(failure)
        }
    }

    /// What the removal did, as far as it explains why a config changed.
    struct Causes: Sendable {
        /// Instances that this run removed.
        var removedInterfaces: Set<Int> = []
        /// Instances that lost a redirect rule because the peer it led to was removed.
        var affectedInterfaces: Set<Int> = []
    }

    /// What was done, what stopped it, and what could be seen of the tunnels afterwards.
    struct Update {
        var record: RunRecord.ConfigsRecord
        var failure: ConfigsFailure?
        /// nil where live interfaces could not be looked at.
        var proof: ProofOfEffect?
    }

    /// Makes the folder, and live interfaces, say what the database says.
    ///
    /// A file that would not change is not written. The configs of removed instances are deleted last, each after its
    /// interface was taken down. What goes wrong with one file or interface is noted, and the others go on. What the
    /// application changes while files are written is taken in by another pass; one that keeps changing something has the
    /// last word with its own next export.
    ///
    /// - Throws: ``DatabaseFailure``.
    func bringUpToDate(
        from database: ControlPlaneDatabase, causes: Causes, live view: LiveView, _ surroundings: Surroundings
    ) throws -> Update {
        var update = ConfigUpdate(folder: path, causes: causes)
        var passes = 0
        var rendering: ConfigRendering
        var firewall: FirewallScript
        repeat {
            passes += 1
            (rendering, firewall) = try write(into: &update, from: database, surroundings)
        } while try passes < Self.mostPasses && update.version != database.version()
        update.write(firewall)
        update.clearLeftovers()
        surroundings.observe(.checkpoint(.configsWritten))

        var live = LivePass(view, pause: surroundings.pause)
        try removeWhatIsGone(&update, &live, from: database, surroundings)
        for config in rendering.configs { live.sync(config, replaced: update.replaced[config.number]) }
        live.runFirewall(in: path)
        update.noteGone(causes.removedInterfaces)
        update.finish()
        let proof = live.proof()
        update.record.take(live)
        return Update(record: update.record, failure: update.failure, proof: proof)
    }

    /// Takes the interfaces of removed instances down, and deletes their configs.
    private func removeWhatIsGone(
        _ update: inout ConfigUpdate, _ live: inout LivePass, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings
    ) throws {
        let numbers = live.numbers
        let (strays, withoutConfig, removed) = try database.readOnly(
            while: "read the instances and the journal of the database"
        ) { db in
            let present = Set(
                try Row.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance")
                    .compactMap { $0.integer(0) }.map { Int($0) })
            let strays = update.strays(besides: present)
            let strayNumbers = strays.compactMap(InterfaceConfig.number(ofFileNamed:))
            let withoutConfig = numbers.subtracting(present).subtracting(strayNumbers)
            let removed = try Journal.removedInterfaces(among: withoutConfig.union(strayNumbers), in: db)
            return (strays, withoutConfig, removed)
        }
        for name in strays {
            guard let number = InterfaceConfig.number(ofFileNamed: name), let keys = removed[number] else {
                update.record.unknown.append(name)
                continue
            }
            if live.takeDown(number, configAt: path + "/" + name, removedKeys: keys) {
                // Within a read transaction: an instance that the application adds meanwhile under this number is either
                // seen here, or its config is written after the old one is gone.
                try database.readOnly(while: "read the instances of the database") { db in
                    let instance = try Row.fetchOne(
                        db, sql: "SELECT 1 FROM wireguard_wireguardinstance WHERE instance_id = ?", arguments: [number])
                    if instance == nil { update.delete(name) }
                }
            } else {
                update.keep(name)
            }
            surroundings.observe(.checkpoint(.configDeleted))
        }
        for number in withoutConfig.sorted() { live.takeDownWithoutConfig(number, removedKeys: removed[number] ?? []) }
    }

    /// Where the application writes all the time, a session with every request say, there is always something new; after
    /// so many passes what is new is the application's to export.
    private static let mostPasses = 3

    private func write(
        into update: inout ConfigUpdate, from database: ControlPlaneDatabase, _ surroundings: Surroundings
    ) throws -> (ConfigRendering, FirewallScript) {
        let edition = database.schema.edition
        let (rendering, firewall, version) = try database.readOnly(while: "read the configs from the database") { db in
            (
                try ConfigRendering(reading: db, layout: edition.configLayout, mtu: mtu),
                try FirewallScript(reading: db, edition: edition), try db.dataVersion()
            )
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

/// One pass over the folder: what was done so far, and what went wrong.
private struct ConfigUpdate {
    let folder: String
    let causes: ConfigFolder.Causes
    var record = RunRecord.ConfigsRecord()
    /// What files held before they were first written, by the instance's number. Holds private keys.
    private(set) var replaced: [Int: [UInt8]] = [:]
    /// The instances whose configs were written, in whatever pass.
    private var written: Set<Int> = []
    /// The state of the database that the files were last rendered from.
    private(set) var version: Int64?
    /// The first error of the file system that is not one file's alone.
    private(set) var failure: ConfigsFailure?

    init(folder: String, causes: ConfigFolder.Causes) {
        self.folder = folder
        self.causes = causes
    }

    /// A file that a killed run left half written holds private keys.
    mutating func clearLeftovers() {
        do throws(FileFailure) {
            try DurableFile.removeLeftovers(in: folder)
        } catch {
            note(error)
        }
    }

    /// What another pass finds written is what the one before wrote; it counts once, and errors are found anew.
    mutating func begin(version: Int64) {
        self.version = version
        record.unchanged = 0
        record.errors = []
        failure = nil
    }

    mutating func write(_ config: InterfaceConfig) {
        let path = folder + "/" + config.fileName
        do throws(FileFailure) {
            let bytes = Array(config.text.utf8)
            let present = try FileContents.readRegularFile(path)
            if present == bytes {
                try closeToOthers(path)
                if !written.contains(config.number) { record.unchanged += 1 }
                return
            }
            try DurableFile.replace(path, with: bytes, mode: 0o600, keepingOwner: present != nil)
            guard written.insert(config.number).inserted else { return }
            record.written.append(config.fileName)
            replaced[config.number] = present
            if !isExplainedByRemoval(config, replacing: present) { record.changedOtherwise.append(config.fileName) }
        } catch {
            note(error)
        }
    }

    /// Replaces the application's firewall script, or our own of an earlier run; one that somebody else wrote stays.
    mutating func write(_ firewall: FirewallScript) {
        record.firewallProblems = firewall.problems
        let path = folder + "/" + FirewallScript.fileName
        do throws(FileFailure) {
            let bytes = Array(firewall.text.utf8)
            let present = try FileContents.readRegularFile(path)
            if present == bytes { return }
            if let present, !FirewallScript.isKnown(present) {
                record.unknown.append(FirewallScript.fileName)
                return
            }
            try FirewallRun(folder: folder).markPending()
            // wg-quick, which is root, runs it as PostUp.
            try DurableFile.replace(path, with: bytes, mode: 0o700, keepingOwner: present != nil)
            record.firewallWritten = true
        } catch {
            note(error)
        }
    }

    mutating func delete(_ name: String) {
        do throws(FileFailure) {
            try FileSystem.remove(folder + "/" + name)
            record.deleted.append(name)
        } catch {
            note(error)
        }
    }

    /// A part of this run that was cut short may have deleted configs already; billing is to see one whole report.
    mutating func noteGone(_ removed: Set<Int>) {
        var deleted = Set(record.deleted)
        for number in removed {
            let name = InterfaceConfig.fileName(of: number)
            do throws(FileFailure) {
                if try FileSystem.status(of: folder + "/" + name) == nil { deleted.insert(name) }
            } catch {
                note(error)
            }
        }
        record.deleted = deleted.sorted()
    }

    /// Leaves the config of an interface that could not be taken down to the next run.
    mutating func keep(_ name: String) {
        record.errors.append("\(name) was kept, so that the next run takes its interface down")
    }

    /// The names in the folder that look like a config and belong to no instance in the database.
    mutating func strays(besides interfaceNumbers: Set<Int>) -> [String] {
        do throws(FileFailure) {
            return try FileSystem.names(in: folder).filter { name in
                InterfaceConfig.isConfig(name)
                    && InterfaceConfig.number(ofFileNamed: name).map(interfaceNumbers.contains) != true
            }
        } catch {
            note(error)
            return []
        }
    }

    mutating func note(_ value: UnwritableValue) {
        record.errors.append(
            "\(InterfaceConfig.fileName(of: value.interfaceNumber)) was left as it is: \(value.column) holds a control "
                + "character, which could smuggle a line into the config")
    }

    private mutating func note(_ error: FileFailure) {
        record.errors.append(error.description)
        // A folder that stands in the place of one file is that file's matter.
        let isOfOneFile = [EISDIR, ENOTEMPTY, EEXIST, ETXTBSY].contains(error.code)
        if failure == nil && !isOfOneFile { failure = ConfigsFailure(error) }
    }

    mutating func finish() {
        do throws(FileFailure) {
            try DurableFile.syncFolder(folder)
        } catch {
            note(error)
        }
        record.regenerated = record.errors.isEmpty
    }

    /// A config holds a private key. The application writes it readable for everybody; that is mended without writing
    /// the file anew.
    private func closeToOthers(_ path: String) throws(FileFailure) {
        guard let mode = try FileSystem.status(of: path)?.st_mode, mode & 0o077 != 0 else { return }
        guard chmod(path, 0o600) == 0 else { throw FileFailure(.setMode, path) }
    }

    private func isExplainedByRemoval(_ config: InterfaceConfig, replacing present: [UInt8]?) -> Bool {
        guard let present, config.differsInPostCommandsAlone(from: String(decoding: present, as: UTF8.self)) else {
            return false
        }
        return causes.affectedInterfaces.contains(config.number)
            || (config.runsFirewallScript && !causes.removedInterfaces.isEmpty)
    }
}
