import Glibc

/// An open folder. Names are looked up in this folder, even if its path leads elsewhere by now.
///
/// A name is one component of a path. If it is a link, it is not followed unless a function says so. The folder is
/// closed when the last reference to it is released. Child processes do not inherit its descriptor.
package final class OpenFolder: Sendable {
    /// The path as it was given, for messages and for programs that are called with it.
    package let path: String
    let descriptor: Int32

    /// Opens the folder at a path. A link in its last component is followed.
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
        // Nothing was written through this descriptor, so closing it cannot lose anything.
        _ = Glibc.close(descriptor)
    }

    /// The path of an item in the folder, for messages.
    package func path(of name: String) -> String { path + (path.hasSuffix("/") ? "" : "/") + name }

    /// The failure of the call that has just failed on an item in the folder. Call this before anything else that may
    /// set `errno`.
    func failure(_ operation: FileFailure.Operation, _ name: String) -> FileFailure {
        let code = errno
        return FileFailure(operation, path(of: name), code: code)
    }

    /// Opens a subfolder. A link is refused.
    ///
    /// - Parameter path: The path to show in messages; by default the subfolder's path below this folder.
    package func openFolder(_ name: String, path: String? = nil) throws(FileFailure) -> OpenFolder {
        try OpenFolder(name, in: self, path: path ?? self.path(of: name))
    }

    // MARK: The folder itself

    package func facts() throws(FileFailure) -> stat {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw FileFailure(.examine, path) }
        return facts
    }

    /// - Throws: ``FileFailure`` if somebody who is not trusted could change the folder's contents.
    package func requireTrusted(_ trust: FolderTrust) throws(FileFailure) {
        if let objection = trust.objection(to: try facts()) { throw FileFailure(untrusted: path, objection) }
    }

    /// - Throws: ``FileFailure`` unless this process may create and rename files in the folder.
    package func requireWritable() throws(FileFailure) {
        guard faccessat(descriptor, ".", W_OK | X_OK, AT_EACCESS) == 0 else { throw FileFailure(.open, path) }
    }

    /// - Throws: ``FileFailure`` unless the path still leads to this folder. Otherwise others would not find what is
    ///   written here.
    package func requireInPlace() throws(FileFailure) {
        var found = stat()
        guard stat(path, &found) == 0 else {
            let isGone = errno == ENOENT || errno == ENOTDIR
            throw FileFailure(.open, path, code: isGone ? ESTALE : errno)
        }
        guard found.isSame(as: try facts()) else { throw FileFailure(.open, path, code: ESTALE) }
    }

    /// Takes an advisory lock. It is held until this object is released or the process ends.
    ///
    /// - Returns: False if somebody else holds it.
    package func lock() throws(FileFailure) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw FileFailure(.lock, path)
    }

    /// Makes renames and deletions in this folder survive a power cut.
    package func sync() throws(FileFailure) {
        while fsync(descriptor) != 0 {
            guard errno == EINTR else { throw FileFailure(.sync, path) }
        }
    }

    // MARK: Contents

    /// - Returns: Nil if there is nothing with that name. A link is not followed.
    package func status(of name: String) throws(FileFailure) -> stat? { try status(of: name, AT_SYMLINK_NOFOLLOW) }

    /// Follows a link; nil also if the link dangles.
    package func statusBehindLink(of name: String) throws(FileFailure) -> stat? { try status(of: name, 0) }

    private func status(of name: String, _ flags: Int32) throws(FileFailure) -> stat? {
        var facts = stat()
        if fstatat(descriptor, name, &facts, flags) == 0 { return facts }
        if errno == ENOENT { return nil }
        throw failure(.examine, name)
    }

    /// Whether the effective user may read a file, which is what `open` checks.
    package func mayRead(_ name: String) -> Bool { faccessat(descriptor, name, R_OK, AT_EACCESS) == 0 }

    /// The names in the folder, sorted, without `.` and `..`. In a name that is not UTF-8, invalid bytes become
    /// replacement characters, so it matches no name that this program uses.
    package func names() throws(FileFailure) -> [String] {
        // Open the folder again, because reading names moves the position of the open file description.
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

    /// Whether a regular file has the attribute `i` or `a` of chattr(1). Then even root can neither replace nor delete
    /// it. False if the file system has no such attributes.
    package func isImmutable(_ name: String) -> Bool {
        let descriptor = openat(self.descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { _ = Glibc.close(descriptor) }
        var flags: CLong = 0
        // FS_IOC_GETFLAGS, FS_IMMUTABLE_FL and FS_APPEND_FL of <linux/fs.h>.
        guard ioctl(descriptor, 0x8008_6601, &flags) == 0 else { return false }
        return flags & 0x30 != 0
    }

    /// The names in the folder on which something is mounted, such as a single file of the host in a container. Such a file
    /// cannot be replaced. Empty where that cannot be seen.
    package func mountPoints() -> Set<String> {
        guard let real = realpath(path, nil) else { return [] }
        defer { free(real) }
        let folder = String(cString: real)
        let start = Array((folder == "/" ? "/" : folder + "/").utf8)
        // Without /proc, the failure of the rename says so.
        guard let file = try? OpenFile.toRead("mountinfo", in: OpenFolder("/proc/self")),
            let bytes = try? file.read(limit: Self.limit)
        else { return [] }
        var names: Set<String> = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 4 else { continue }
            let place = Self.unescaped(words[4])
            guard place.starts(with: start) else { continue }
            names.insert(String(decoding: place.dropFirst(start.count), as: UTF8.self))
        }
        return names
    }

    /// The kernel writes white space and backslashes in a path as three octal digits.
    private static func unescaped(_ path: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = path
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    /// The largest file that ``regularFile(_:)`` reads, in bytes. No config, script or list is that large.
    private static let limit = 64 << 20

    /// The content and facts of a regular file; nil if there is nothing with that name, or it is not a regular file.
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

    /// The content of a regular file, which a link may lead to, of at most the size that ``regularFile(_:)`` reads.
    package func contentBehindLink(_ name: String) throws(FileFailure) -> [UInt8] {
        let file = try OpenFile.toRead(behindLink: name, in: self)
        guard let bytes = try file.read(limit: Self.limit) else {
            throw FileFailure(.read, path(of: name), code: EFBIG)
        }
        return bytes
    }
}

extension OpenFolder: Hashable {
    package static func == (a: OpenFolder, b: OpenFolder) -> Bool { a === b }

    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
