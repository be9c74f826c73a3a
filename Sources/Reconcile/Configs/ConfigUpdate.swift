import Glibc

/// One pass over the folder: what was done so far, and what went wrong.
struct ConfigUpdate {
    let folder: String
    let causes: ConfigFolder.Causes
    var record = RunRecord.ConfigsRecord()
    /// The configs that were written, by this run or one before, and are not yet applied to their interfaces.
    private(set) var unapplied: UnappliedConfigs
    /// The instances whose configs were written, in whatever pass.
    private var written: Set<Int> = []
    /// The state of the database that the files were last rendered from.
    private(set) var version: Int64?
    /// The first error of the file system that is not one file's alone.
    private(set) var failure: ConfigsFailure?

    /// - Throws: ``ConfigsFailure`` where the list of the unapplied configs cannot be read.
    init(folder: String, causes: ConfigFolder.Causes) throws(ConfigsFailure) {
        self.folder = folder
        self.causes = causes
        do throws(FileFailure) {
            unapplied = try UnappliedConfigs(in: folder)
        } catch {
            throw ConfigsFailure(error)
        }
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
            let present = try FileContents.regularFile(path)
            if let present, present.bytes == config.bytes {
                try closeToOthers(path, present.mode)
                if !written.contains(config.number) { record.unchanged += 1 }
                return
            }
            try unapplied.enter(config, replacing: present?.bytes)
            try DurableFile.replace(path, with: config.bytes, mode: 0o600, keepingOwner: present != nil)
            guard written.insert(config.number).inserted else { return }
            record.written.append(config.fileName)
            if !isExplainedByRemoval(config, replacing: present?.bytes) {
                record.changedOtherwise.append(config.fileName)
            }
        } catch {
            note(error)
        }
    }

    /// Strikes out the configs whose interfaces are in line with them.
    mutating func strikeOut(_ isDone: (Int) -> Bool) {
        do throws(FileFailure) {
            try unapplied.strikeOut(isDone)
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
        record.errors.append("\(name) was kept, so that the next run takes its interface down if it is up")
    }

    /// The names in the folder that look like a config.
    mutating func configNames() -> [String] {
        do throws(FileFailure) {
            return try FileSystem.names(in: folder).filter(InterfaceConfig.isConfig)
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

    mutating func note(_ error: FileFailure) {
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
    private func closeToOthers(_ path: String, _ mode: mode_t) throws(FileFailure) {
        guard mode & 0o077 != 0 else { return }
        guard chmod(path, 0o600) == 0 else { throw FileFailure(.setMode, path) }
    }

    private func isExplainedByRemoval(_ config: InterfaceConfig, replacing present: [UInt8]?) -> Bool {
        guard let present, config.differsInPostCommandsAlone(from: present) else { return false }
        return causes.affectedInterfaces.contains(config.number)
            || (config.runsFirewallScript && !causes.removedInterfaces.isEmpty)
    }
}
