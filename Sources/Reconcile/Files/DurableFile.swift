import Glibc

/// Files that are replaced as a whole or not at all, and outlast a power cut: written aside, synced, renamed.
///
/// The aside lies in the same folder under the name `.wg-reconcile-<name>.<8 hex digits>`, which no `*.conf` or `*.json`
/// pattern finds. A run that is killed can leave one behind; ``removeLeftovers(in:)`` clears them.
public enum DurableFile {
    /// Puts a file with these bytes in the place of `path`, which need not exist.
    ///
    /// At any moment, `path` is the old file or the new one. A symbolic link at `path` is itself replaced, and what it
    /// points to is left alone. The rename outlasts a power cut once ``syncFolder(_:)`` has been called, which is a call of
    /// its own so that whoever replaces many files makes it once.
    ///
    /// - Parameters:
    ///   - mode: The permissions, exactly; the umask has no say.
    ///   - keepingOwner: Whether the new file belongs to the owner and group of the file that it replaces. Where that is
    ///     not permitted, nothing is replaced: a file that its reader can no longer open is worse than an old one.
    /// - Throws: ``FileFailure``; the aside is gone then, and `path` is as it was.
    public static func replace(
        _ path: String, with bytes: UnsafeRawBufferPointer, mode: mode_t, keepingOwner: Bool = false
    ) throws(FileFailure) {
        let aside = asideName(for: path)
        let file = try OpenFile.create(aside)
        do throws(FileFailure) {
            if keepingOwner, let old = try FileSystem.status(of: path),
                old.st_uid != geteuid() || old.st_gid != getegid()
            {
                try file.setOwner(user: old.st_uid, group: old.st_gid)
            }
            try file.setMode(mode)
            try file.write(bytes)
            try file.sync()
            try file.close()
            try FileSystem.rename(aside, to: path)
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            _ = unlink(aside)
            throw error
        }
    }

    /// See ``replace(_:with:mode:keepingOwner:)-(_,UnsafeRawBufferPointer,_,_)``.
    public static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t, keepingOwner: Bool = false
    ) throws(FileFailure) {
        // `withUnsafeBytes` does not pass on typed errors, so the result is carried out of the closure.
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(FileFailure) in try replace(path, with: raw, mode: mode, keepingOwner: keepingOwner) }
        }
        try result.get()
    }

    /// Makes a symbolic link at `path`, in the place of the one that may be there, in one step.
    public static func replaceLink(_ path: String, pointingTo target: String) throws(FileFailure) {
        let aside = asideName(for: path)
        guard symlink(target, aside) == 0 else { throw FileFailure(.link, aside) }
        do throws(FileFailure) {
            try FileSystem.rename(aside, to: path)
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            _ = unlink(aside)
            throw error
        }
    }

    /// Makes renames and deletions in this folder outlast a power cut.
    public static func syncFolder(_ path: String) throws(FileFailure) {
        let folder = try OpenFile.folder(path.isEmpty ? "." : path)
        try folder.sync()
    }

    /// Finds out whether files can really be made and written in this folder, and deletes the one that it made.
    public static func tryFile(in folder: String) throws(FileFailure) {
        let aside = asideName(for: folder + "/check")
        let file = try OpenFile.create(aside)
        do throws(FileFailure) {
            try file.reserve(1)
            try file.sync()
            try file.close()
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            _ = unlink(aside)
            throw error
        }
        try FileSystem.remove(aside)
    }

    /// Deletes the asides that a killed run left in this folder. A file that merely looks similar is left alone, and so
    /// is everything that is no file or link. Nobody else may be replacing files in the folder meanwhile.
    ///
    /// - Returns: The names of what was deleted.
    @discardableResult
    public static func removeLeftovers(in folder: String) throws(FileFailure) -> [String] {
        var removed: [String] = []
        for name in try FileSystem.names(in: folder) where isAside(name) {
            let path = folder + "/" + name
            guard let found = try FileSystem.status(of: path), found.isFile || found.isLink else { continue }
            try FileSystem.remove(path)
            removed.append(name)
        }
        return removed
    }
}

extension DurableFile {
    /// The name of every aside begins with this, also of the report's.
    static let asidePrefix = ".wg-reconcile-"

    private static func asideName(for path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().map { $0 + "/" }.joined()
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        let padding = String(repeating: "0", count: 8 - digits.count)
        return folder + asidePrefix + (parts.last ?? "") + "." + padding + digits
    }

    static func isAside(_ name: String) -> Bool {
        guard name.hasPrefix(asidePrefix), let dot = name.lastIndex(of: ".") else { return false }
        let digits = name[name.index(after: dot)...].utf8
        return digits.count == 8 && digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
