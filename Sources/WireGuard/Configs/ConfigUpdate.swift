import ControlPlane
import Feed
import Glibc
import Journal
import Support

/// The update of the folder in this call: what was changed so far, and what went wrong.
struct ConfigUpdate {
    let folder: OpenFolder
    let causes: ConfigFolder.Causes
    /// The public keys of configs that are somebody else's.
    private let foreignKeys: Set<String>
    /// The instances whose config is or may be somebody else's.
    private let leftAlone: Set<Int>
    private var mark: ExportMark
    private var isMarked = false
    /// Whether a file that cluster workers fetch was written or deleted.
    private var hasChangedExport = false
    /// Why the mark could not be set. No file was changed then.
    private(set) var markFailure: (any ExplainedError)?
    var record = ConfigsRecord()
    /// Configs that this or an earlier run wrote and that are not yet applied to their interfaces.
    private(set) var unapplied: UnappliedConfigs
    /// What this run has deleted and taken down, kept until its report is in place.
    let deletions: Deletions
    /// The instances whose configs were written, in any pass.
    private var written: Set<Int> = []
    /// The version of the database that the files were last rendered from.
    private(set) var version: Int64?
    /// The first file system error that affects more than one file.
    private(set) var failure: ConfigsFailure?
    /// Files that cluster workers fetch and that are not as they should be.
    private(set) var unfinished: Set<String> = []
    /// Removed keys that are in configs of no instance of the database, of removals by earlier runs. What was seen of
    /// them before does not count.
    var reopenedKeys: Set<String> = []
    /// Configs of no known instance that hold a removed key and that workers fetch, in sentences.
    private(set) var strayKeys: [String] = []
    /// Why the firewall script on disk was left alone; nil where it was not left alone.
    var scriptLeftAlone: String?

    /// - Throws: ``ConfigsFailure`` where the list of unapplied configs or of deleted files cannot be read.
    init(
        folder: OpenFolder, causes: ConfigFolder.Causes, mark: ExportMark, ownership: ConfigOwnership
    ) throws(ConfigsFailure) {
        self.folder = folder
        (foreignKeys, leftAlone) = (ownership.foreignKeys, ownership.leftAlone)
        self.mark = mark
        self.causes = causes
        do throws(FileFailure) {
            unapplied = try UnappliedConfigs(in: folder)
            deletions = try Deletions(of: causes.run, in: folder)
        } catch {
            throw ConfigsFailure(error)
        }
    }

    /// Deletes half-written files of a killed run; they hold private keys.
    mutating func clearLeftovers() {
        do throws(FileFailure) {
            try DurableFile.removeLeftovers(in: folder)
        } catch {
            note(error)
        }
    }

    /// Resets counts and errors for another pass. A file that an earlier pass wrote is counted once.
    mutating func begin(version: Int64) {
        self.version = version
        record.unchanged = 0
        record.errors = markFailure.map { [$0.description] } ?? []
        unfinished = []
        failure = nil
    }

    /// Whether files that cluster workers fetch may be changed. Ask before the first change: it sets the mark that
    /// makes workers fetch the files, even after a crash.
    mutating func mayChangeFiles() -> Bool {
        // If it failed once, do not wait for the database again for each file.
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
                // A config holds a private key, and the application writes it world-readable. Fix the mode without
                // rewriting the file.
                if present.facts.st_mode & 0o077 != 0 { try folder.setMode(of: name, to: 0o600) }
                if !written.contains(config.number) { record.unchanged += 1 }
                return
            }
            if present == nil { try requireReplaceable(name) }
            if present != nil, leftAlone.contains(config.number) { return leaveForeign(name) }
            guard mayChangeFiles() else { return }
            try unapplied.enter(config, replacing: present?.bytes, foreignKeys: foreignKeys)
            try DurableFile.replace(name, in: folder, with: config.bytes, mode: 0o600, keepingOwner: present != nil)
            noteChange()
            guard written.insert(config.number).inserted else { return }
            record.written.append(config.fileName)
            if !isExplainedByRemoval(config, replacing: present?.bytes) {
                record.changedOtherwise.append(config.fileName)
            }
        } catch {
            note(error, leaving: name)
        }
    }

    /// Removes the configs whose interfaces are in line with them from the list of unapplied configs.
    mutating func strikeOut(_ isDone: (Int) -> Bool) {
        do throws(FileFailure) {
            try unapplied.strikeOut(isDone)
        } catch {
            note(error)
        }
    }

    /// Notes that a file that cluster workers fetch is another one now.
    mutating func noteChange() { hasChangedExport = true }

    /// Deletes a config.
    mutating func delete(_ name: String) {
        do throws(FileFailure) {
            guard try folder.status(of: name) != nil else { return }
            deletions.enter(name)
            try folder.remove(name)
            noteChange()
            record.deleted.append(name)
        } catch {
            note(error, leaving: name)
        }
    }

    /// Deletes the scripts of a bandwidth limit, where they exist. Anything but a regular file belongs to somebody
    /// else.
    mutating func deleteBandwidthScripts(of number: Int) {
        for name in BandwidthScripts.fileNames(of: number) {
            do throws(FileFailure) {
                guard let found = try folder.status(of: name), found.isFile else { continue }
                deletions.enter(name)
                try folder.remove(name)
                record.deleted.append(name)
            } catch {
                note(error)
            }
        }
    }

    /// Whether nothing exists under the name of this config.
    mutating func hasNoConfig(_ number: Int) -> Bool {
        do throws(FileFailure) {
            return try folder.status(of: InterfaceName.config(of: number)) == nil
        } catch {
            note(error)
            return false
        }
    }

    /// Adds what an earlier part of this run, which was cut short, has deleted. The report to billing lists it too.
    mutating func addEarlierDeletions() {
        do throws(FileFailure) {
            for name in deletions.earlierFiles
            where try folder.status(of: name) == nil && !record.deleted.contains(name) {
                record.deleted.append(name)
            }
        } catch {
            note(error)
        }
        record.deleted.sort()
    }

    /// Adds the interfaces that an earlier part of this run has taken down.
    mutating func addEarlierInterfaces() {
        let earlier = deletions.earlierInterfaces.filter { !record.live.down.contains($0) }
        record.live.down = Set(earlier).sorted() + record.live.down
    }

    /// Leaves the config of an interface that could not be taken down for the next run.
    mutating func keep(_ name: String) {
        unfinished.insert(name)
        record.errors.append("\(name) was kept, so that the next run takes down its interface if that is up")
    }

    /// Notes that the config of an instance that stays is left alone, for it is or may be somebody else's.
    private mutating func leaveForeign(_ name: String) {
        unfinished.insert(name)
        record.errors.append(ConfigOwnership.leftAlone(name))
    }

    /// Notes that the config of a removed instance is left alone, for it is somebody else's.
    mutating func noteForeign(_ name: String) {
        record.errors.append(
            "\(name) was left: it has neither a key nor most peers of the removed instance, and may be somebody else's; if it "
                + "was that instance's, take its interface down and delete the file")
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

    /// The numbers of the instances that have bandwidth scripts.
    mutating func bandwidthScripts() -> Set<Int> {
        do throws(FileFailure) {
            return try BandwidthScripts(in: folder).numbers
        } catch {
            note(error)
            return []
        }
    }

    mutating func note(_ value: UnwritableValue) {
        unfinished.insert(InterfaceName.config(of: value.interfaceNumber))
        record.errors.append(
            "\(InterfaceName.config(of: value.interfaceNumber)) was left as it is: \(value.column) holds a control "
                + "character, which could add a line to the config")
    }

    /// Notes that a worker which fetches a config of no known instance brings up a removed peer.
    mutating func note(removedKey key: String, inStray name: String) {
        unfinished.insert(name)
        strayKeys.append(
            "\(name) belongs to no known instance and contains the removed peer \(WireGuardKey.shortened(key)), "
                + "which workers of the cluster bring up when they fetch it; move the file out of the folder, or "
                + "delete the peer from it")
    }

    /// Notes a file that stays as it is.
    mutating func note(_ error: FileFailure, leaving name: String) {
        unfinished.insert(name)
        note(error)
    }

    mutating func note(_ error: FileFailure) {
        // For root, this is the error of an immutable file.
        let advice = error.isNotPermitted && geteuid() == 0 ? " (is it immutable? see lsattr)" : ""
        let sentence = error.description + advice
        if !record.errors.contains(sentence) { record.errors.append(sentence) }
        if failure == nil && meetsEveryConfig(error) { failure = ConfigsFailure(error) }
    }

    /// Whether other configs would fail the same way, because the folder is gone or the disk is full or broken. A
    /// file that cannot be replaced, for example because it is immutable, affects only itself.
    private func meetsEveryConfig(_ error: FileFailure) -> Bool {
        switch error.code {
        case EIO, ENOSPC, EDQUOT, EROFS, ENOENT, ENOTDIR, ESTALE, EMFILE, ENFILE, ENOMEM: return true
        default:
            // Creating the temporary file failed, so the folder itself refuses it.
            return error.operation == .create || error.path == folder.path
        }
    }

    /// - Throws: an error if something other than a file or a link has the name; somebody has put it there.
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
        // After such a failure it is not certain what is on disk.
        if !hasChangedExport && failure == nil { mark.withdraw() }
        record.regenerated = record.errors.isEmpty
    }

    private func isExplainedByRemoval(_ config: InterfaceConfig, replacing present: [UInt8]?) -> Bool {
        if causes.restoredInterfaces.contains(config.number) { return true }
        guard let present, config.differsInPostCommandsAlone(from: present) else { return false }
        return causes.affectedInterfaces.contains(config.number)
            || (config.runsFirewallScript && !causes.removedInterfaces.isEmpty)
    }
}
