import Glibc

/// Files that are replaced as a whole or not at all, and outlast a power cut: written aside, synced, renamed.
///
/// The aside lies in the same folder under the name `.wg-reconcile-<name>.<8 hex digits>`, which no `*.conf` or `*.json`
/// pattern finds. A run that is killed can leave one behind; ``removeLeftovers(in:)`` clears them.
package enum DurableFile {
    /// Puts a file with these bytes in the place of `name`, which need not exist.
    ///
    /// At any moment, `name` is the old file or the new one. A symbolic link of that name is itself replaced, and what it
    /// points to is left alone. The rename outlasts a power cut once ``OpenFolder/sync()`` has been called, which is a call
    /// of its own so that whoever replaces many files makes it once.
    ///
    /// - Parameters:
    ///   - mode: The permissions, exactly; the umask has no say.
    ///   - keepingOwner: Whether the new file belongs to the owner and group of the file that it replaces. Where that is
    ///     not permitted, nothing is replaced: a file that its reader can no longer open is worse than an old one.
    /// - Throws: ``FileFailure``; the aside is gone then, and `name` is as it was.
    package static func replace(
        _ name: String, in folder: OpenFolder, with bytes: [UInt8], mode: mode_t, keepingOwner: Bool = false
    ) throws(FileFailure) {
        let aside = asideName(for: name)
        let file = try OpenFile.create(aside, in: folder)
        do throws(FileFailure) {
            if keepingOwner, let old = try folder.status(of: name),
                old.st_uid != geteuid() || old.st_gid != getegid()
            {
                try file.setOwner(user: old.st_uid, group: old.st_gid)
            }
            try file.setMode(mode)
            try file.write(bytes)
            try file.sync()
            try file.close()
            try folder.rename(aside, to: name)
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            try? folder.remove(aside)
            throw error
        }
    }

    /// The same for a file of which only the path is known. Links to its folder are followed.
    package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(FileFailure) {
        let folder = try OpenFolder(FileSystem.parent(of: path))
        try replace(FileSystem.name(of: path), in: folder, with: bytes, mode: mode)
    }

    /// Makes a symbolic link, in the place of the one that may be there, in one step.
    package static func replaceLink(_ name: String, in folder: OpenFolder, pointingTo target: String)
        throws(FileFailure)
    {
        let aside = asideName(for: name)
        try folder.makeLink(aside, pointingTo: target)
        do throws(FileFailure) {
            try folder.rename(aside, to: name)
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            try? folder.remove(aside)
            throw error
        }
    }

    /// Makes renames and deletions in the folder at this path outlast a power cut. A link to it is followed.
    package static func syncFolder(_ path: String) throws(FileFailure) { try OpenFolder(path).sync() }

    /// Finds out whether files can really be made and written in this folder, and deletes the one that it made.
    package static func tryFile(in folder: OpenFolder) throws(FileFailure) {
        let aside = asideName(for: "check")
        let file = try OpenFile.create(aside, in: folder)
        do throws(FileFailure) {
            try file.reserve(1)
            try file.sync()
            try file.close()
        } catch {
            // The first failure is the one to report; an aside that stays is cleared by the next run.
            try? folder.remove(aside)
            throw error
        }
        try folder.remove(aside)
    }

    /// The same for the folder at a path. A link to it is followed.
    package static func tryFile(in folder: String) throws(FileFailure) { try tryFile(in: OpenFolder(folder)) }

    /// Deletes the asides that a killed run left in this folder. A file that merely looks similar is left alone, and so
    /// is everything that is no file or link. Nobody else may be replacing files in the folder meanwhile.
    ///
    /// - Returns: The names of what was deleted.
    @discardableResult
    package static func removeLeftovers(in folder: OpenFolder) throws(FileFailure) -> [String] {
        var removed: [String] = []
        for name in try folder.names() where isAside(name) {
            guard let found = try folder.status(of: name), found.isFile || found.isLink else { continue }
            try folder.remove(name)
            removed.append(name)
        }
        return removed
    }
}

extension DurableFile {
    /// The name of every aside begins with this, also of the report's.
    package static let asidePrefix = ".wg-reconcile-"

    private static func asideName(for name: String) -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        let padding = String(repeating: "0", count: 8 - digits.count)
        return asidePrefix + name + "." + padding + digits
    }

    package static func isAside(_ name: String) -> Bool {
        guard name.hasPrefix(asidePrefix), let dot = name.lastIndex(of: ".") else { return false }
        let digits = name[name.index(after: dot)...].utf8
        return digits.count == 8 && digits.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
