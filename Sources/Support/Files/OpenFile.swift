import Glibc

/// An open file. It is closed when the value goes out of scope. ``close()`` also reports whether closing succeeded: on
/// network file systems a write error may appear only then.
///
/// Child processes do not inherit the descriptor. A link inside an ``OpenFolder`` is followed only by
/// ``toRead(behindLink:in:)``.
package struct OpenFile: ~Copyable, Sendable {
    let path: String
    private let descriptor: Descriptor

    /// Calls `body` with the descriptor, which it must not close or keep.
    package func withDescriptor<Value>(_ body: (Int32) -> Value) -> Value { body(descriptor.number) }

    private init(_ number: Int32, _ path: String) {
        self.path = path
        descriptor = Descriptor(number: number)
    }

    private init(
        _ name: String, in folder: OpenFolder, flags: Int32, mode: mode_t, operation: FileFailure.Operation
    ) throws(FileFailure) {
        let number = openat(folder.descriptor, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
        guard number >= 0 else { throw folder.failure(operation, name) }
        self.init(number, folder.path(of: name))
    }

    // MARK: Reading

    /// Opens a regular file for reading, or standard input. Links are followed. Anything else is refused, without
    /// waiting for it.
    ///
    /// - Parameter path: `-` for standard input.
    package static func toRead(_ path: String) throws(FileFailure) -> OpenFile {
        if path == "-" {
            let number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
            guard number >= 0 else { throw FileFailure(.open, path) }
            return OpenFile(number, path)
        }
        let number = Glibc.open(path, O_RDONLY | O_CLOEXEC | nonBlocking)
        guard number >= 0 else { throw Self.failure(FileFailure(.open, path)) }
        return try regular(OpenFile(number, path))
    }

    /// Opens a regular file in a folder for reading. A link is refused.
    package static func toRead(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try toRead(name, in: folder, O_NOFOLLOW)
    }

    /// Opens a regular file in a folder for reading, or the one that a link there leads to.
    package static func toRead(behindLink name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try toRead(name, in: folder, 0)
    }

    private static func toRead(_ name: String, in folder: OpenFolder, _ flags: Int32) throws(FileFailure) -> OpenFile {
        let number = openat(folder.descriptor, name, O_RDONLY | O_CLOEXEC | flags | nonBlocking)
        guard number >= 0 else { throw Self.failure(folder.failure(.open, name)) }
        return try regular(OpenFile(number, folder.path(of: name)))
    }

    /// Without this flag, opening a FIFO would block until there is a writer.
    private static let nonBlocking = O_NONBLOCK

    private static func failure(_ failure: FileFailure) -> FileFailure {
        // The system reports ENXIO for a socket, and for a device that does not exist.
        failure.code == ENXIO ? FileFailure(.open, failure.path, code: FileFailure.notAFile) : failure
    }

    private static func regular(_ file: consuming OpenFile) throws(FileFailure) -> OpenFile {
        let facts = try file.facts()
        guard facts.isFile else {
            throw FileFailure(.open, file.path, code: facts.isFolder ? EISDIR : FileFailure.notAFile)
        }
        return file
    }

    /// Owner, mode and times of the open file, whatever its path leads to now.
    package func facts() throws(FileFailure) -> stat {
        var facts = stat()
        guard fstat(descriptor.number, &facts) == 0 else { throw FileFailure(.examine, path) }
        return facts
    }

    /// Everything from the current position on; nil if that is more than `limit` bytes.
    package func read(limit: Int) throws(FileFailure) -> [UInt8]? {
        try FileContents.read(descriptor.number, path, limit: limit)
    }

    /// At most `count` bytes from the current position on, in a single read.
    package func read(atMost count: Int) throws(FileFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = try FileContents.readSome(of: descriptor.number, path, into: &bytes, from: 0)
        return Array(bytes.prefix(length))
    }

    // MARK: Writing

    /// Creates a file that must not exist yet. Only its owner can read it, until ``setMode(_:)`` allows more.
    static func create(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(name, in: folder, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, operation: .create)
    }

    /// Opens a file for writing from its beginning, and creates it if it is missing. Its content stays until it is
    /// overwritten or cut off with ``truncate(to:)``.
    package static func toWrite(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(name, in: folder, flags: O_WRONLY | O_CREAT | nonBlocking, mode: 0o600, operation: .open)
    }

    /// Opens a file for appending, and creates it if it is missing.
    package static func toAppend(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(
            name, in: folder, flags: O_WRONLY | O_APPEND | O_CREAT | nonBlocking, mode: 0o600, operation: .open)
    }

    /// Writes all of `bytes` at the current position.
    package func write(_ bytes: [UInt8]) throws(FileFailure) {
        let (number, path) = (descriptor.number, path)
        // `withUnsafeBytes` does not rethrow typed errors, so the closure returns a result.
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(FileFailure) in try Self.write(raw, to: number, path) }
        }
        try result.get()
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
    ) throws(FileFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno != EINTR {
                throw FileFailure(.write, path)
            }
        }
    }

    /// Sets the permissions to exactly `mode`, whatever the umask is.
    package func setMode(_ mode: mode_t) throws(FileFailure) {
        guard fchmod(descriptor.number, mode) == 0 else { throw FileFailure(.setMode, path) }
    }

    func setOwner(user: uid_t, group: gid_t) throws(FileFailure) {
        guard fchown(descriptor.number, user, group) == 0 else { throw FileFailure(.setOwner, path) }
    }

    /// Reserves `size` bytes on disk for the file, which grows to that size. Does nothing on a file system that does
    /// not support it.
    package func reserve(_ size: Int) throws(FileFailure) {
        guard size > 0 else { return }
        var code = posix_fallocate(descriptor.number, 0, off_t(size))
        while code == EINTR {
            code = posix_fallocate(descriptor.number, 0, off_t(size))
        }
        guard code == 0 || code == EOPNOTSUPP || code == EINVAL else {
            throw FileFailure(.reserve, path, code: code)
        }
    }

    package func truncate(to size: Int) throws(FileFailure) {
        guard ftruncate(descriptor.number, off_t(size)) == 0 else { throw FileFailure(.write, path) }
    }

    /// Syncs the file. Returns once its content is on disk.
    package func sync() throws(FileFailure) {
        while fsync(descriptor.number) != 0 {
            // Any other error is final. After a failed fsync the kernel may have dropped the pages, so a second fsync
            // can succeed although the data was never written.
            guard errno == EINTR else { throw FileFailure(.sync, path) }
        }
    }

    package consuming func close() throws(FileFailure) {
        let path = self.path
        guard descriptor.close() else { throw FileFailure(.close, path) }
    }
}

/// A file descriptor with one owner.
package struct Descriptor: ~Copyable, Sendable {
    let number: Int32

    deinit {
        // The result can be ignored: a caller that needs to know about write errors has called `close()`.
        _ = Glibc.close(number)
    }

    /// - Returns: False if the system reports that an earlier write was lost; `errno` holds the reason.
    consuming func close() -> Bool {
        let number = self.number
        discard self
        // After EINTR, Linux has closed the descriptor anyway. Closing it again could close somebody else's.
        return Glibc.close(number) == 0 || errno == EINTR
    }
}
