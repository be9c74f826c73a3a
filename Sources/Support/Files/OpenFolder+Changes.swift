import Glibc

extension OpenFolder {
    /// Makes a folder with exactly this mode, whatever the umask is, and opens it.
    ///
    /// - Parameter path: See ``openFolder(_:path:)``.
    @discardableResult
    package func makeFolder(_ name: String, mode: mode_t, path: String? = nil) throws(FileFailure) -> OpenFolder {
        let path = path ?? self.path(of: name)
        guard mkdirat(descriptor, name, 0o700) == 0 else { throw FileFailure(.create, path) }
        let folder = try openFolder(name, path: path)
        guard fchmod(folder.descriptor, mode) == 0 else { throw FileFailure(.setMode, folder.path) }
        return folder
    }

    /// Makes a symbolic link. The name must not exist yet.
    func makeLink(_ name: String, pointingTo target: String) throws(FileFailure) {
        guard symlinkat(target, descriptor, name) == 0 else { throw failure(.link, name) }
    }

    /// Adds a hard link to a file, in this folder or another one.
    ///
    /// - Returns: False if the new name exists already.
    package func link(_ name: String, to target: String, in folder: OpenFolder) throws(FileFailure) -> Bool {
        if linkat(descriptor, name, folder.descriptor, target, 0) == 0 { return true }
        if errno == EEXIST { return false }
        throw folder.failure(.link, target)
    }

    /// Renames atomically. Anything that has the new name is replaced, unless it is a folder.
    ///
    /// - Parameter folder: The folder to move to; by default this one.
    package func rename(_ name: String, to target: String, in folder: OpenFolder? = nil) throws(FileFailure) {
        let folder = folder ?? self
        guard renameat(descriptor, name, folder.descriptor, target) == 0 else {
            throw folder.failure(.rename, target)
        }
    }

    /// Sets the permissions of a regular file.
    package func setMode(of name: String, to mode: mode_t) throws(FileFailure) {
        try OpenFile.toRead(name, in: self).setMode(mode)
    }

    /// Deletes a file or a link. It is no error if nothing is there.
    package func remove(_ name: String) throws(FileFailure) {
        guard unlinkat(descriptor, name, 0) == 0 || errno == ENOENT else { throw failure(.remove, name) }
    }

    /// Deletes a file, or a folder with everything in it. It is no error if nothing is there. Links are deleted, not
    /// followed.
    package func removeTree(_ name: String) throws(FileFailure) {
        guard let found = try status(of: name) else { return }
        guard found.isFolder else { return try remove(name) }
        let folder = try openFolder(name)
        for inner in try folder.names() { try folder.removeTree(inner) }
        guard unlinkat(descriptor, name, AT_REMOVEDIR) == 0 || errno == ENOENT else {
            throw failure(.remove, name)
        }
    }
}
