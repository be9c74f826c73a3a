import Glibc

/// The few file operations that take a path. Their errors name the path as it was given. For files in a folder that is
/// already open, use ``OpenFolder``.
package enum FileSystem {
    /// - Returns: Nil if there is nothing at `path`. A link is not followed.
    package static func status(of path: String) throws(FileFailure) -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw FileFailure(.examine, path)
    }

    /// - Returns: Nil if there is nothing at `path`, or a dangling link. Links are followed.
    package static func statusBehindLinks(of path: String) throws(FileFailure) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw FileFailure(.examine, path)
    }

    /// Whether there is a folder at `path`. Links are followed.
    ///
    /// - Throws: ``FileFailure``, also if there is something other than a folder, or a dangling link.
    package static func isFolder(atEndOf path: String) throws(FileFailure) -> Bool {
        guard let found = try statusBehindLinks(of: path) else {
            guard try status(of: path) == nil else { throw FileFailure(.open, path, code: ENOENT) }
            return false
        }
        guard found.isFolder else { throw FileFailure(.open, path, code: ENOTDIR) }
        return true
    }

    /// - Throws: ``FileFailure`` unless `path` is a folder in which this process may create and rename files.
    package static func requireWritableFolder(_ path: String) throws(FileFailure) {
        guard try isFolder(atEndOf: path) else { throw FileFailure(.open, path, code: ENOENT) }
        guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else { throw FileFailure(.open, path) }
    }

    /// The folder that contains `path`, by its spelling alone.
    package static func parent(of path: String) -> String {
        let parts = path.split(separator: "/")
        let above = parts.dropLast().joined(separator: "/")
        if path.hasPrefix("/") { return "/" + above }
        return above.isEmpty ? "." : above
    }

    /// The last component of a path.
    package static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Deletes a file or a link. It is no error if nothing is there.
    package static func remove(_ path: String) throws(FileFailure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileFailure(.remove, path) }
    }

    /// The names in a folder, sorted, without `.` and `..`. In a name that is not UTF-8, invalid bytes become
    /// replacement characters, so it matches no name that this program uses.
    package static func names(in folder: String) throws(FileFailure) -> [String] {
        guard let stream = opendir(folder) else { throw FileFailure(.list, folder) }
        defer { closedir(stream) }
        return try names(in: stream, folder)
    }

    /// Reads the names from a directory stream that has just been opened.
    static func names(in stream: OpaquePointer, _ folder: String) throws(FileFailure) -> [String] {
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileFailure(.list, folder) }
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." {
                names.append(name)
            }
        }
    }
}

extension stat {
    package var isFile: Bool { st_mode & S_IFMT == S_IFREG }
    package var isFolder: Bool { st_mode & S_IFMT == S_IFDIR }
    package var isLink: Bool { st_mode & S_IFMT == S_IFLNK }

    /// Whether both describe the same file or folder.
    package func isSame(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}
