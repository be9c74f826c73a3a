import Glibc

/// Replaces files atomically, so that they survive a power cut: write a temporary file, sync it, rename it.
///
/// The temporary file, here called the aside, is in the same folder. It is named `.wg-reconcile-<name>.<8 hex digits>`,
/// which no `*.conf` or `*.json` pattern matches. A run that is killed can leave one behind; ``removeLeftovers(in:)``
/// deletes them.
package enum DurableFile {
    /// Writes `bytes` to a new file and renames it to `name`, which need not exist.
    ///
    /// At any moment, `name` is the old file or the new one. A symbolic link with that name is replaced; its target is
    /// not changed. The rename survives a power cut only after ``OpenFolder/sync()``. That call is separate, so that a
    /// caller that replaces many files syncs the folder once.
    ///
    /// - Parameters:
    ///   - mode: The exact permissions, whatever the umask is.
    ///   - keepingOwner: Whether the new file gets the owner and group of the file that it replaces. If that is not
    ///     permitted, nothing is replaced: a file that its reader can no longer open is worse than an old one.
    /// - Throws: ``FileFailure``. The aside is then deleted, and `name` is unchanged.
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
            // Report the first failure. The next run deletes an aside that stays behind.
            try? folder.remove(aside)
            throw error
        }
    }

    /// Replaces the file at `path`. Links to its folder are followed.
    package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(FileFailure) {
        let folder = try OpenFolder(FileSystem.parent(of: path))
        try replace(FileSystem.name(of: path), in: folder, with: bytes, mode: mode)
    }

    /// Makes a symbolic link. If a link with that name exists, it is replaced atomically.
    package static func replaceLink(_ name: String, in folder: OpenFolder, pointingTo target: String)
        throws(FileFailure)
    {
        let aside = asideName(for: name)
        try folder.makeLink(aside, pointingTo: target)
        do throws(FileFailure) {
            try folder.rename(aside, to: name)
        } catch {
            // Report the first failure. The next run deletes an aside that stays behind.
            try? folder.remove(aside)
            throw error
        }
    }

    /// Makes renames and deletions in the folder at this path survive a power cut. A link to the folder is followed.
    package static func syncFolder(_ path: String) throws(FileFailure) { try OpenFolder(path).sync() }

    /// Checks that files can be created and written in this folder, by creating one and deleting it.
    package static func tryFile(in folder: OpenFolder) throws(FileFailure) {
        let aside = asideName(for: "check")
        let file = try OpenFile.create(aside, in: folder)
        do throws(FileFailure) {
            try file.reserve(1)
            try file.sync()
            try file.close()
        } catch {
            // Report the first failure. The next run deletes an aside that stays behind.
            try? folder.remove(aside)
            throw error
        }
        try folder.remove(aside)
    }

    /// Checks the folder at a path. A link to it is followed.
    package static func tryFile(in folder: String) throws(FileFailure) { try tryFile(in: OpenFolder(folder)) }

    /// Deletes the temporary files that a killed run left in this folder. Other names are not touched, nor is anything
    /// that is neither a file nor a link. Nobody else may replace files in the folder during this call.
    ///
    /// - Returns: The names of the deleted files and links.
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
    /// The prefix of the name of every aside, including the report's.
    package static let asidePrefix = ".wg-reconcile-"

    static func asideName(for name: String) -> String {
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
