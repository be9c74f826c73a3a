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

    /// Makes the folder say what the database says, read in one transaction.
    ///
    /// A file that would not change is not written. The configs of removed instances are deleted last. What goes wrong
    /// with one file is noted, and the others go on.
    ///
    /// - Throws: ``DatabaseFailure``.
    func bringUpToDate(
        from database: ControlPlaneDatabase, causes: Causes, observe: (RunEvent) -> Void
    ) throws -> (record: RunRecord.ConfigsRecord, failure: ConfigsFailure?) {
        let rendering = try database.readOnly(while: "read the configs from the database") { db in
            try ConfigRendering(reading: db, layout: database.schema.edition.configLayout, mtu: mtu)
        }
        var update = ConfigUpdate(folder: path, causes: causes)
        update.clearLeftovers()
        for value in rendering.unwritable { update.note(value) }
        for config in rendering.configs {
            update.write(config)
            observe(.checkpoint(.configVisited))
        }

        let strays = update.strays(besides: rendering.interfaceNumbers)
        let removed = try database.readOnly(while: "read the journal of the database") { db in
            try Journal.removedInterfaceNumbers(
                among: strays.compactMap(InterfaceConfig.number(ofFileNamed:)), in: db)
        }
        for name in strays {
            if let number = InterfaceConfig.number(ofFileNamed: name), removed.contains(number) {
                update.delete(name)
                observe(.checkpoint(.configDeleted))
            } else {
                update.record.unknown.append(name)
            }
        }
        update.finish()
        return (update.record, update.failure)
    }
}

/// One pass over the folder: what was done so far, and what went wrong.
private struct ConfigUpdate {
    let folder: String
    let causes: ConfigFolder.Causes
    var record = RunRecord.ConfigsRecord()
    /// The first error of the file system.
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
