import ControlPlane
import Feed
import Glibc
import Journal
import Support

/// One pass over the folder: what was done so far, and what went wrong.
struct ConfigUpdate {
    let folder: OpenFolder
    let causes: ConfigFolder.Causes
    private let mark: ExportMark
    private var isMarked = false
    /// Why the mark could not be set, so that no file was changed.
    private(set) var markFailure: (any ExplainedError)?
    var record = ConfigsRecord()
    /// The configs that were written, by this run or one before, and are not yet applied to their interfaces.
    private(set) var unapplied: UnappliedConfigs
    /// The instances whose configs were written, in whatever pass.
    private var written: Set<Int> = []
    /// The state of the database that the files were last rendered from.
    private(set) var version: Int64?
    /// The first error of the file system that is not one file's alone.
    private(set) var failure: ConfigsFailure?
    /// Why the firewall script on disk was left alone; nil where it was not.
    var scriptLeftAlone: String?

    /// - Throws: ``ConfigsFailure`` where the list of the unapplied configs cannot be read.
    init(folder: OpenFolder, causes: ConfigFolder.Causes, mark: ExportMark) throws(ConfigsFailure) {
        self.folder = folder
        self.mark = mark
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
        record.errors = markFailure.map { [$0.description] } ?? []
        failure = nil
    }

    /// To be asked before a file is changed that workers of a cluster fetch: they have to hear of it, also after a crash.
    mutating func mayChangeFiles() -> Bool {
        // Once it has failed, every file would have to wait for the database anew.
        if isMarked || markFailure != nil { return isMarked }
        markFailure = mark.set()
        if let markFailure { record.errors.append(markFailure.description) }
        isMarked = markFailure == nil
        return isMarked
    }

    mutating func write(_ config: InterfaceConfig) {
        let name = config.fileName
        do throws(FileFailure) {
            let present = try folder.regularFile(name)
            if let present, present.bytes == config.bytes {
                // A config holds a private key. The application writes it readable for everybody; that is mended without
                // writing the file anew.
                if present.facts.st_mode & 0o077 != 0 { try folder.setMode(of: name, to: 0o600) }
                if !written.contains(config.number) { record.unchanged += 1 }
                return
            }
            if present == nil { try requireReplaceable(name) }
            guard mayChangeFiles() else { return }
            try unapplied.enter(config, replacing: present?.bytes)
            try DurableFile.replace(name, in: folder, with: config.bytes, mode: 0o600, keepingOwner: present != nil)
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
            try folder.remove(name)
            record.deleted.append(name)
        } catch {
            note(error)
        }
    }

    /// Deletes the scripts of a bandwidth limit, as far as they are there. What is no regular file is somebody else's.
    mutating func deleteBandwidthScripts(of number: Int) {
        for name in BandwidthScripts.fileNames(of: number) {
            do throws(FileFailure) {
                guard let found = try folder.status(of: name), found.isFile else { continue }
                try folder.remove(name)
                record.deleted.append(name)
            } catch {
                note(error)
            }
        }
    }

    /// Whether there is nothing under the name of this config.
    mutating func hasNoConfig(_ number: Int) -> Bool {
        do throws(FileFailure) {
            return try folder.status(of: InterfaceName.config(of: number)) == nil
        } catch {
            note(error)
            return false
        }
    }

    /// A part of this run that was cut short may have deleted configs already; billing is to see one whole report.
    mutating func noteGone(_ removed: Set<Int>) {
        var deleted = Set(record.deleted)
        for number in removed {
            let name = InterfaceName.config(of: number)
            do throws(FileFailure) {
                if try folder.status(of: name) == nil { deleted.insert(name) }
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
            return try folder.names().filter(InterfaceName.isConfig)
        } catch {
            note(error)
            return []
        }
    }

    /// The numbers of the instances of which there are bandwidth scripts.
    mutating func bandwidthScripts() -> Set<Int> {
        do throws(FileFailure) {
            return try BandwidthScripts(in: folder).numbers
        } catch {
            note(error)
            return []
        }
    }

    mutating func note(_ value: UnwritableValue) {
        record.errors.append(
            "\(InterfaceName.config(of: value.interfaceNumber)) was left as it is: \(value.column) holds a control "
                + "character, which could smuggle a line into the config")
    }

    mutating func note(_ error: FileFailure) {
        // As root, that is what an immutable file says.
        let advice = error.isNotPermitted && geteuid() == 0 ? " (is it immutable? see lsattr)" : ""
        let sentence = error.description + advice
        if !record.errors.contains(sentence) { record.errors.append(sentence) }
        if failure == nil && meetsEveryConfig(error) { failure = ConfigsFailure(error) }
    }

    /// Whether another config would meet the same: the folder is gone, the disk is full or broken. A file that cannot be
    /// replaced, because it is immutable or another's, say, is its own matter.
    private func meetsEveryConfig(_ error: FileFailure) -> Bool {
        switch error.code {
        case EIO, ENOSPC, EDQUOT, EROFS, ENOENT, ENOTDIR, ESTALE, EMFILE, ENFILE, ENOMEM: return true
        default:
            // What is created is an aside, to which the folder itself says no.
            return error.operation == .create || error.path == folder.path
        }
    }

    /// - Throws: Where something else than a file or a link has the name: somebody has put it there.
    func requireReplaceable(_ name: String) throws(FileFailure) {
        guard let found = try folder.status(of: name), !found.isFile && !found.isLink else { return }
        throw FileFailure(
            .replace, folder.path(of: name), code: found.isFolder ? EISDIR : FileFailure.notAFile)
    }

    mutating func finish() {
        do throws(FileFailure) {
            try folder.sync()
            try folder.requireInPlace()
        } catch {
            note(error)
        }
        record.regenerated = record.errors.isEmpty
    }

    private func isExplainedByRemoval(_ config: InterfaceConfig, replacing present: [UInt8]?) -> Bool {
        guard let present, config.differsInPostCommandsAlone(from: present) else { return false }
        return causes.affectedInterfaces.contains(config.number)
            || (config.runsFirewallScript && !causes.removedInterfaces.isEmpty)
    }
}
