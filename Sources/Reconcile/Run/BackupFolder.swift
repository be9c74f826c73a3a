import ControlPlane
import Glibc
import Journal
import Support

/// The folder of `--backup-dir`: a copy of the database for each run that removes somebody, from before its first removal.
///
/// The copies hold private keys, also those of customers who are removed. So the folder is for its owner alone, and so is
/// each file. Files that are not named like a copy are left alone.
package struct BackupFolder: Hashable, Sendable {
    package var path: String
    /// How many copies are kept, the new one included.
    package var kept: Int

    package init(path: String, kept: Int) { (self.path, self.kept) = (path, kept) }

    private static let mode: mode_t = 0o700
    private static let suffix = ".sqlite3"

    /// The name of a run's copy.
    static func name(of run: RunID) -> String { "\(run)\(suffix)" }

    /// Copies the database, unless an earlier part of the run has done so, and deletes the oldest copies.
    ///
    /// - Returns: The path of the new copy; nil if there is one of this run already.
    /// - Throws: ``BackupFailure``.
    func copy(_ database: ControlPlaneDatabase, of run: RunID, trust: FileTrust) throws -> String? {
        try BackupFailure.wrapping(path) {
            let folder = try open(trust)
            guard try folder.lock() else { throw FileFailure(.lock, path, code: EWOULDBLOCK) }
            // The lock is released with the object.
            defer { withExtendedLifetime(folder) {} }
            try DurableFile.removeLeftovers(in: folder)
            let name = Self.name(of: run)
            guard try folder.status(of: name) == nil else { return nil }
            try DurableFile.make(name, in: folder) { try database.copy(to: $0) }
            try folder.requireInPlace()
            try dropOldest(in: folder, besides: run)
            return folder.path(of: name)
        }
    }

    /// Opens the folder. Makes it if it is missing, but not the folders above it.
    private func open(_ trust: FileTrust) throws(FileFailure) -> OpenFolder {
        if try FileSystem.isFolder(atEndOf: path) {
            let folder = try OpenFolder(path)
            try folder.requireTrusted(FolderTrust(role: .backups, files: trust))
            return folder
        }
        let above = try OpenFolder(FileSystem.parent(of: path))
        let folder = try above.makeFolder(FileSystem.name(of: path), mode: Self.mode, path: path)
        try above.sync()
        return folder
    }

    /// The new copy counts as the newest, whatever the clock says.
    private func dropOldest(in folder: OpenFolder, besides run: RunID) throws(FileFailure) {
        var others: [RunID] = []
        for name in try folder.names() where name.hasSuffix(Self.suffix) {
            guard let other = RunID(parsing: String(name.dropLast(Self.suffix.count))), other != run,
                try folder.status(of: name)?.isFile == true
            else { continue }
            others.append(other)
        }
        // Names are sorted, and so by time.
        for old in others.dropLast(kept - 1) { try folder.remove(Self.name(of: old)) }
    }

    /// Finds out what would keep a copy from being made, and leaves nothing behind.
    ///
    /// - Throws: ``BackupFailure``.
    func examine(trust: FileTrust) throws {
        try BackupFailure.wrapping(path) {
            guard try FileSystem.isFolder(atEndOf: path) else {
                return try FileSystem.requireWritableFolder(FileSystem.parent(of: path))
            }
            let folder = try OpenFolder(path)
            try folder.requireTrusted(FolderTrust(role: .backups, files: trust))
            try DurableFile.tryFile(in: folder)
        }
    }
}

/// The database cannot be copied, so nothing is removed.
package struct BackupFailure: ExplainedError, Hashable {
    /// The folder of the copies.
    package var subject: String
    package var cause: String
    package var hint: String
    package var exitStatus: ExitStatus

    package var operation: String { "copy the database, before anything is removed, to" }

    fileprivate static func wrapping<Value>(_ path: String, _ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let failure as FileFailure {
            let step = failure.path == path ? "" : "\(failure.operation.rawValue) \(failure.path): "
            throw BackupFailure(
                subject: path, cause: step + failure.reason, hint: hint(on: failure),
                exitStatus: failure.isNotPermitted ? .notPermitted : .inputOutput)
        } catch let failure as DatabaseFailure {
            let isFull = failure.reason == .full
            throw BackupFailure(
                subject: path, cause: failure.cause, hint: isFull ? adviceOnRoom : failure.hint,
                exitStatus: failure.exitStatus)
        }
    }

    private static let adviceOnRoom =
        "make room (--keep-backups N keeps fewer), or name another folder with --backup-dir"

    private static func hint(on failure: FileFailure) -> String {
        if let hint = failure.hintOnTrust ?? failure.hintOnReadOnlyMount { return hint }
        return switch failure.code {
        case ENOSPC, EDQUOT: adviceOnRoom
        case EFBIG: FileSizeLimit.hint
        case ENOENT: "make the folder \(failure.path) first, or name another one with --backup-dir"
        case EWOULDBLOCK: "give each database a folder of its own"
        default: "name a folder with --backup-dir in which this user can make files"
        }
    }
}
