import Glibc

/// The few calls that go by a path as it was given, with errors that name it. What lies in a folder that is worked on goes
/// by ``OpenFolder``.
package enum FileSystem {
    /// - Returns: Nil where there is nothing at `path`. A link is not followed.
    package static func status(of path: String) throws(FileFailure) -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw FileFailure(.examine, path)
    }

    /// - Returns: Nil where there is nothing at `path`, or a link that leads nowhere. Links are followed.
    package static func statusBehindLinks(of path: String) throws(FileFailure) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw FileFailure(.examine, path)
    }

    /// Whether there is a folder at `path`, links followed.
    ///
    /// - Throws: Also where there is something else than a folder.
    package static func isFolder(atEndOf path: String) throws(FileFailure) -> Bool {
        guard let found = try statusBehindLinks(of: path) else {
            guard try status(of: path) == nil else { throw FileFailure(.open, path, code: ENOENT) }
            return false
        }
        guard found.isFolder else { throw FileFailure(.open, path, code: ENOTDIR) }
        return true
    }

    /// - Throws: Unless there is a folder at `path` in which this process may make and rename files.
    package static func requireWritableFolder(_ path: String) throws(FileFailure) {
        guard try isFolder(atEndOf: path) else { throw FileFailure(.open, path, code: ENOENT) }
        guard faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 else { throw FileFailure(.open, path) }
    }

    /// The folder in which `path` lies, by its spelling alone.
    package static func parent(of path: String) -> String {
        let parts = path.split(separator: "/")
        let above = parts.dropLast().joined(separator: "/")
        if path.hasPrefix("/") { return "/" + above }
        return above.isEmpty ? "." : above
    }

    /// The last component of a path.
    package static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Deletes a file or a link; one that is gone already is no error.
    package static func remove(_ path: String) throws(FileFailure) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileFailure(.remove, path) }
    }

    /// The names in a folder, sorted, without `.` and `..`. A name that is not UTF-8 comes out with replacement characters,
    /// and so is none of this program's.
    package static func names(in folder: String) throws(FileFailure) -> [String] {
        guard let stream = opendir(folder) else { throw FileFailure(.list, folder) }
        defer { closedir(stream) }
        return try names(in: stream, folder)
    }

    /// The same of a stream of a folder that was just opened.
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

    /// Whether both are of the same file or folder.
    package func isSame(as other: stat) -> Bool { st_dev == other.st_dev && st_ino == other.st_ino }
}
