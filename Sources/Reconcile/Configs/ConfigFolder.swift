import Glibc

/// The folder of WireGuard configs, `/etc/wireguard` on most hosts.
struct ConfigFolder: Sendable {
    let path: String

    /// - Throws: ``ConfigsFailure`` where there is no such folder or it cannot be written. Asked before anything is
    ///   removed, since configs that stay behind would keep ended accounts' tunnels.
    init(existing path: String) throws {
        self.path = path
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

    /// Makes the folder, and live interfaces, say what the database says, read in one transaction.
    ///
    /// A file that would not change is not written. The configs of removed instances are deleted last, each after its
    /// interface was taken down. What goes wrong with one file or interface is noted, and the others go on.
    ///
    /// - Throws: ``DatabaseFailure``.
    func bringUpToDate(
        from database: ControlPlaneDatabase, causes: Causes, live view: LiveView, _ surroundings: Surroundings
    ) throws -> Update {
        let rendering = try database.readOnly(while: "read the configs from the database") { db in
            try ConfigRendering(reading: db)
        }
        var update = ConfigUpdate(folder: path, causes: causes)
        update.clearLeftovers()
        for value in rendering.unwritable { update.note(value) }
        for config in rendering.configs {
            update.write(config)
            surroundings.observe(.checkpoint(.configVisited))
        }
        surroundings.observe(.checkpoint(.configsWritten))

        var live = LivePass(view, pause: surroundings.pause)
        let strays = update.strays(besides: rendering.interfaceNumbers)
        let strayNumbers = strays.compactMap(InterfaceConfig.number(ofFileNamed:))
        let withoutConfig = live.numbers.subtracting(rendering.interfaceNumbers).subtracting(strayNumbers)
        let removed = try database.readOnly(while: "read the journal of the database") { db in
            try Journal.removedInterfaces(among: withoutConfig.union(strayNumbers), in: db)
        }
        for name in strays {
            guard let number = InterfaceConfig.number(ofFileNamed: name), let keys = removed[number] else {
                update.record.unknown.append(name)
                continue
            }
            if live.takeDown(number, configAt: path + "/" + name, removedKeys: keys) {
                update.delete(name)
            } else {
                update.keep(name)
            }
            surroundings.observe(.checkpoint(.configDeleted))
        }
        for number in withoutConfig.sorted() { live.takeDownWithoutConfig(number, removedKeys: removed[number] ?? []) }
        for config in rendering.configs { live.sync(config, replaced: update.replaced[config.number]) }
        live.runFirewall(in: path)
        update.finish()
        let proof = live.proof()
        update.record.take(live)
        return Update(record: update.record, failure: update.failure, proof: proof)
    }
}

/// One pass over the folder: what was done so far, and what went wrong.
private struct ConfigUpdate {
    let folder: String
    let causes: ConfigFolder.Causes
    var record = RunRecord.ConfigsRecord()
    /// What files held before they were written, by the instance's number. Holds private keys.
    private(set) var replaced: [Int: [UInt8]] = [:]
    /// The first error of the file system.
    private(set) var failure: ConfigsFailure?

    init(folder: String, causes: ConfigFolder.Causes) {
        self.folder = folder
        self.causes = causes
    }

    /// Removes what a run that was killed left aside.
    mutating func clearLeftovers() {
        do throws(FileFailure) {
            try DurableFile.removeLeftovers(in: folder)
        } catch {
            note(error)
        }
    }

    mutating func write(_ config: InterfaceConfig) {
        let path = folder + "/" + config.fileName
        do throws(FileFailure) {
            let bytes = Array(config.text.utf8)
            let present = try FileContents.readRegularFile(path)
            if present == bytes {
                try closeToOthers(path)
                record.unchanged += 1
                return
            }
            try DurableFile.replace(path, with: bytes, mode: 0o600, keepingOwner: present != nil)
            record.written.append(config.fileName)
            replaced[config.number] = present
            if !isExplainedByRemoval(config, replacing: present) { record.changedOtherwise.append(config.fileName) }
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
        if failure == nil { failure = ConfigsFailure(error) }
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
