import Glibc

/// A file, or a folder, that is open. It is closed when the value goes out of scope; ``close()`` also tells whether
/// that went well, which matters on network file systems, where a write error may show only then.
///
/// No symbolic link is followed in the last component of the path, and no descriptor is handed on to a child process.
public struct OpenFile: ~Copyable, Sendable {
    public let path: String
    private let descriptor: Descriptor

    private init(_ path: String, flags: Int32, mode: mode_t, operation: FileFailure.Operation) throws(FileFailure) {
        let number = Glibc.open(path, flags | O_NOFOLLOW | O_CLOEXEC, mode)
        guard number >= 0 else { throw FileFailure(operation, path) }
        self.path = path
        descriptor = Descriptor(number: number)
    }

    /// Creates a file that must not be there yet. It is readable by its owner alone until ``setMode(_:)`` widens that.
    public static func create(_ path: String) throws(FileFailure) -> OpenFile {
        try OpenFile(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, operation: .create)
    }

    /// Opens a file for writing from its beginning, and creates it where it is missing. What it holds stays until it is
    /// written over or cut off with ``truncate(to:)``.
    public static func openToWrite(_ path: String) throws(FileFailure) -> OpenFile {
        try OpenFile(path, flags: O_WRONLY | O_CREAT, mode: 0o600, operation: .open)
    }

    /// Opens a folder, for ``sync()`` and ``lock()``.
    public static func folder(_ path: String) throws(FileFailure) -> OpenFile {
        try OpenFile(path, flags: O_RDONLY | O_DIRECTORY, mode: 0, operation: .open)
    }

    /// Writes all of `bytes` at the current position.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw FileFailure(.write, path)
            }
        }
    }

    /// Sets permissions to exactly `mode`, whatever the process's umask is.
    public func setMode(_ mode: mode_t) throws(FileFailure) {
        guard fchmod(descriptor.number, mode) == 0 else { throw FileFailure(.setMode, path) }
    }

    public func setOwner(user: uid_t, group: gid_t) throws(FileFailure) {
        guard fchown(descriptor.number, user, group) == 0 else { throw FileFailure(.setOwner, path) }
    }

    /// Sets `size` bytes of the disk aside for the file, which grows to that size. On a file system that cannot, nothing
    /// happens.
    public func reserve(_ size: Int) throws(FileFailure) {
        guard size > 0 else { return }
        var code = posix_fallocate(descriptor.number, 0, off_t(size))
        while code == EINTR {
            code = posix_fallocate(descriptor.number, 0, off_t(size))
        }
        guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
            throw FileFailure(.reserve, path, code: code)
        }
    }

    public func truncate(to size: Int) throws(FileFailure) {
        guard ftruncate(descriptor.number, off_t(size)) == 0 else { throw FileFailure(.write, path) }
    }

    /// Takes an advisory lock that lasts until the file is closed or the process ends, however it ends.
    ///
    /// - Returns: False where another process holds it.
    public func lock() throws(FileFailure) -> Bool {
        if flock(descriptor.number, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw FileFailure(.lock, path)
    }

    /// Returns once the content is on the disk.
    public func sync() throws(FileFailure) {
        while fsync(descriptor.number) != 0 {
            // Anything else than an interruption is final: after a failed fsync the kernel may have dropped the pages,
            // so that a second one succeeds without the data being there.
            guard errno == EINTR else { throw FileFailure(.sync, path) }
        }
    }

    public consuming func close() throws(FileFailure) {
        let path = self.path
        guard descriptor.close() else { throw FileFailure(.close, path) }
    }
}

/// A file descriptor with one owner.
private struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    deinit {
        // Nothing is lost by not asking: whoever wrote to the file and cares has called `close()`.
        _ = Glibc.close(number)
    }

    /// - Returns: False where the system says that something written before was lost; `errno` says why.
    consuming func close() -> Bool {
        let number = self.number
        discard self
        // After EINTR Linux has closed the descriptor all the same; closing it again could hit somebody else's.
        return Glibc.close(number) == 0 || errno == EINTR
    }
}
