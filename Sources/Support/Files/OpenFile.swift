import Glibc

/// A file that is open. It is closed when the value goes out of scope; ``close()`` also tells whether that went well,
/// which matters on network file systems, where a write error may show only then.
///
/// No descriptor is handed on to a child process, and no link that lies in an ``OpenFolder`` is followed.
package struct OpenFile: ~Copyable, Sendable {
    let path: String
    private let descriptor: Descriptor

    /// Calls what takes a descriptor, which is not to be closed or kept.
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

    /// Opens a regular file for reading, links followed, or standard input. Anything else is not waited for, and refused.
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

    /// The same for a regular file in a folder; a link is refused.
    package static func toRead(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        let number = openat(folder.descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | nonBlocking)
        guard number >= 0 else { throw Self.failure(folder.failure(.open, name)) }
        return try regular(OpenFile(number, folder.path(of: name)))
    }

    /// Without it a FIFO would make the run wait for a writer for ever.
    private static let nonBlocking = O_NONBLOCK

    private static func failure(_ failure: FileFailure) -> FileFailure {
        // So the system says of a socket, and of a device that is not there.
        failure.code == ENXIO ? FileFailure(.open, failure.path, code: FileFailure.notAFile) : failure
    }

    private static func regular(_ file: consuming OpenFile) throws(FileFailure) -> OpenFile {
        let facts = try file.facts()
        guard facts.isFile else {
            throw FileFailure(.open, file.path, code: facts.isFolder ? EISDIR : FileFailure.notAFile)
        }
        return file
    }

    /// Owner, mode and times of what is open, whatever lies at its path now.
    package func facts() throws(FileFailure) -> stat {
        var facts = stat()
        guard fstat(descriptor.number, &facts) == 0 else { throw FileFailure(.examine, path) }
        return facts
    }

    /// Everything from the current position on; nil where that is more than `limit` bytes.
    package func read(limit: Int) throws(FileFailure) -> [UInt8]? {
        try FileContents.read(descriptor.number, path, limit: limit)
    }

    /// The beginning.
    func read(atMost count: Int) throws(FileFailure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let length = try FileContents.readSome(of: descriptor.number, path, into: &bytes, from: 0)
        return Array(bytes.prefix(length))
    }

    // MARK: Writing

    /// Creates a file that must not be there yet. It is readable by its owner alone until ``setMode(_:)`` widens that.
    static func create(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(name, in: folder, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, operation: .create)
    }

    /// Opens a file for writing from its beginning, and creates it where it is missing. What it holds stays until it is
    /// written over or cut off with ``truncate(to:)``.
    package static func toWrite(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(name, in: folder, flags: O_WRONLY | O_CREAT | nonBlocking, mode: 0o600, operation: .open)
    }

    /// Opens a file for writing behind its end, and creates it where it is missing.
    package static func toAppend(_ name: String, in folder: OpenFolder) throws(FileFailure) -> OpenFile {
        try OpenFile(
            name, in: folder, flags: O_WRONLY | O_APPEND | O_CREAT | nonBlocking, mode: 0o600, operation: .open)
    }

    /// Writes all of `bytes` at the current position.
    package func write(_ bytes: [UInt8]) throws(FileFailure) {
        let (number, path) = (descriptor.number, path)
        // `withUnsafeBytes` does not pass on typed errors, so the result is carried out of the closure.
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

    /// Sets permissions to exactly `mode`, whatever the process's umask is.
    package func setMode(_ mode: mode_t) throws(FileFailure) {
        guard fchmod(descriptor.number, mode) == 0 else { throw FileFailure(.setMode, path) }
    }

    func setOwner(user: uid_t, group: gid_t) throws(FileFailure) {
        guard fchown(descriptor.number, user, group) == 0 else { throw FileFailure(.setOwner, path) }
    }

    /// Sets `size` bytes of the disk aside for the file, which grows to that size. On a file system that cannot, nothing
    /// happens.
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

    /// Returns once the content is on the disk.
    package func sync() throws(FileFailure) {
        while fsync(descriptor.number) != 0 {
            // Anything else than an interruption is final: after a failed fsync the kernel may have dropped the pages,
            // so that a second one succeeds without the data being there.
            guard errno == EINTR else { throw FileFailure(.sync, path) }
        }
    }

    package consuming func close() throws(FileFailure) {
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
