import Glibc

/// A folder that is open. Whatever becomes of its path meanwhile, names are looked up in the folder that was examined.
///
/// A name is one component of a path. A link of that name is not followed unless a function says so. The folder is closed
/// when the last reference to it goes, and its descriptor is not handed on to a child process.
package final class OpenFolder: Sendable {
    /// As it was given: for messages, and for programs that are called with it.
    package let path: String
    let descriptor: Int32

    /// Opens the folder at a path. A link in the last component is followed.
    package init(_ path: String) throws(FileFailure) {
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw FileFailure(.open, path) }
        self.path = path
        descriptor = number
    }

    private init(_ name: String, in folder: OpenFolder, path: String) throws(FileFailure) {
        let number = openat(folder.descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw FileFailure(.open, path) }
        self.path = path
        descriptor = number
    }

    deinit {
        // Nothing was written through it, so nothing can be lost in closing.
        _ = Glibc.close(descriptor)
    }

    /// The path of something in the folder, for messages.
    package func path(of name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }

    /// What the call that failed just now was to do with something in the folder. To be made before anything else that
    /// may set `errno`.
    func failure(_ operation: FileFailure.Operation, _ name: String) -> FileFailure {
        let code = errno
        return FileFailure(operation, path(of: name), code: code)
    }

    /// Opens a folder in this one; a link is refused.
    ///
    /// - Parameter path: what it is to be called in messages; by default its path below this one.
    package func openFolder(_ name: String, path: String? = nil) throws(FileFailure) -> OpenFolder {
        try OpenFolder(name, in: self, path: path ?? self.path(of: name))
    }

    // MARK: The folder itself

    package func facts() throws(FileFailure) -> stat {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw FileFailure(.examine, path) }
        return facts
    }

    /// - Throws: Where somebody who is not trusted could change what lies in the folder.
    package func requireTrusted(_ trust: FolderTrust) throws(FileFailure) {
        if let objection = trust.objection(to: try facts()) { throw FileFailure(untrusted: path, objection) }
    }

    /// - Throws: Unless this process may make and rename files in the folder.
    package func requireWritable() throws(FileFailure) {
        guard faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else { throw FileFailure(.open, path) }
    }

    /// - Throws: Unless the path still leads to this very folder, so that others find there what is written here.
    package func requireInPlace() throws(FileFailure) {
        var found = stat()
        guard stat(path, &found) == 0 else {
            let isGone = errno == ENOENT || errno == ENOTDIR
            throw FileFailure(.open, path, code: isGone ? ESTALE : errno)
        }
        guard found.isSame(as: try facts()) else { throw FileFailure(.open, path, code: ESTALE) }
    }

    /// Takes an advisory lock that lasts as long as this object, or as the process.
    ///
    /// - Returns: False where somebody else holds it.
    package func lock() throws(FileFailure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw FileFailure(.lock, path)
    }

    /// Makes renames and deletions in this folder outlast a power cut.
    package func sync() throws(FileFailure) {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileFailure(.sync, path) }
        }
    }

    // MARK: What lies in it

    /// - Returns: Nil where there is nothing of that name.
    package func status(of name: String) throws(FileFailure) -> stat? { try status(of: name, AT_SYMLINK_NOFOLLOW) }

    /// The same of what a link leads to; nil also where that is nothing.
    package func statusBehindLink(of name: String) throws(FileFailure) -> stat? { try status(of: name, 0) }

    private func status(of name: String, _ flags: Int32) throws(FileFailure) -> stat? {
        var facts = stat()
        if fstatat(descriptor, name, &facts, flags) == 0 { return facts }
        if errno == ENOENT { return nil }
        throw failure(.examine, name)
    }

    /// Whether the effective user may read a file, as opening it asks that.
    package func mayRead(_ name: String) -> Bool { faccessat(descriptor, name, R_OK, AT_EACCESS) == 0 }

    /// The names in the folder, sorted, without `.` and `..`. A name that is not UTF-8 comes out with replacement
    /// characters, and so is none of this program's.
    package func names() throws(FileFailure) -> [String] {
        // A description of its own, since reading moves the place in the folder.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw FileFailure(.list, path) }
        guard let stream = fdopendir(copy) else {
            let failure = FileFailure(.list, path)
            _ = Glibc.close(copy)
            throw failure
        }
        defer { closedir(stream) }
        return try FileSystem.names(in: stream, path)
    }

    /// Whether a regular file has the attribute `i` or `a` of chattr(1), by which even root can neither replace nor delete
    /// it; false where the file system has no such attributes.
    package func isImmutable(_ name: String) -> Bool {
        let descriptor = openat(self.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        var flags: CLong = 0
        // FS_IOC_GETFLAGS, FS_IMMUTABLE_FL and FS_APPEND_FL of <linux/fs.h>.
        guard ioctl(descriptor, 0x8008_6601, &flags) == 0 else { return false }
        return flags & 0x30 != 0
    }

    /// The largest file that ``regularFile(_:)`` reads, in bytes. No config, script or list is as large as that.
    private static let limit = 64 << 20

    /// A regular file whole, with what is known of it; nil where there is none of that name, or something else.
    package func regularFile(_ name: String) throws(FileFailure) -> (bytes: [UInt8], facts: stat)? {
        do throws(FileFailure) {
            let file = try OpenFile.toRead(name, in: self)
            let facts = try file.facts()
            guard let bytes = try file.read(limit: Self.limit) else {
                throw FileFailure(.read, path(of: name), code: EFBIG)
            }
            return (bytes, facts)
        } catch {
            if error.operation == .open && [ENOENT, ELOOP, EISDIR, FileFailure.notAFile].contains(error.code) {
                return nil
            }
            throw error
        }
    }
}

extension OpenFolder: Hashable {
    package static func == (a: OpenFolder, b: OpenFolder) -> Bool { a === b }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
