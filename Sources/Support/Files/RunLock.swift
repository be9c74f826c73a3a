import Glibc

/// One run per database: a lock that ends with the process, however it ends.
///
/// It lies on a file beside the database, not on the database itself: closing any descriptor of one's own on that would
/// drop the locks that SQLite holds there.
package struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// Holds the lock for as long as `body` runs.
    ///
    /// - Throws: ``RunLockFailure`` where another process holds it, or no lock file can be made; what `body` throws.
    package static func holding<Value>(ofDatabaseAt path: String, now: UTCTime, _ body: () throws -> Value) throws
        -> Value
    {
        let lock = try RunLock(ofDatabaseAt: path, now: now)
        return try withExtendedLifetime(lock) { _ in try body() }
    }

    /// Holds the lock for as long as it lives.
    package final class Hold: Sendable {
        private let lock: RunLock

        /// - Throws: ``RunLockFailure``.
        package init(ofDatabaseAt path: String, now: UTCTime) throws {
            lock = try RunLock(ofDatabaseAt: path, now: now)
        }
    }

    /// Finds out whether the lock could be had, and makes no lock file.
    ///
    /// - Throws: ``RunLockFailure``.
    package static func examine(ofDatabaseAt path: String) throws {
        let lockPath = lockPath(ofDatabaseAt: path)
        let descriptor = open(lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw RunLockFailure(database: path, reason: .noLockFile(FileFailure(.open, lockPath)))
        }
        defer { _ = close(descriptor) }
        // Held for the moment of this call: a run that begins within it ends with 75, and is tried again.
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { throw failure(path, lockPath, descriptor) }
    }

    private static func lockPath(ofDatabaseAt path: String) -> String {
        // The path without links, so that two names of one database share the lock.
        let resolved = realpath(path, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        return (resolved ?? path) + ".wg-reconcile.lock"
    }

    /// Why the lock could not be taken just now.
    private static func failure(_ path: String, _ lockPath: String, _ descriptor: Int32) -> RunLockFailure {
        let code = errno
        // The holder's line is a courtesy; without it the message says less and is still right.
        let holder = (try? FileContents.read(descriptor, lockPath)).map {
            String(decoding: $0.prefix(200), as: UTF8.self)
        }
        return RunLockFailure(
            database: path,
            reason: code == EWOULDBLOCK
                ? .heldByAnother(holder?.split(separator: "\n").first.map(String.init))
                : .noLockFile(FileFailure(.lock, lockPath, code: code)))
    }

    private init(ofDatabaseAt path: String, now: UTCTime) throws {
        let lockPath = Self.lockPath(ofDatabaseAt: path)
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else {
            throw RunLockFailure(database: path, reason: .noLockFile(FileFailure(.open, lockPath)))
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let failure = Self.failure(path, lockPath, descriptor)
            _ = close(descriptor)
            throw failure
        }
        self.descriptor = descriptor
        Self.write("process \(getpid()) since \(now.rfc3339)\n", to: descriptor)
    }

    /// What cannot be written is only missing from another process's message.
    private static func write(_ text: String, to descriptor: Int32) {
        _ = ftruncate(descriptor, 0)
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit {
        // The file stays: were it deleted, a third process could lock a new one while a second waits for this.
        _ = close(descriptor)
    }
}

/// The lock on the database could not be had.
package struct RunLockFailure: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        /// Who holds it since when, as far as that can be read: `process 4711 since 2026-11-23T03:10:00Z`.
        case heldByAnother(String?)
        case noLockFile(FileFailure)
    }

    package var database: String
    package var reason: Reason

    package var operation: String { "begin a run on" }
    package var subject: String { database }

    package var cause: String {
        switch reason {
        case .heldByAnother(let holder):
            "another run is at work on it" + (holder.map { ": \($0.escapedForMessage(limit: 100))" } ?? "")
        case .noLockFile(let failure): failure.description
        }
    }

    package var hint: String {
        switch reason {
        case .heldByAnother: "wait until it is done, then run again"
        case .noLockFile(let failure):
            failure.hintOnReadOnlyMount
                ?? "run it as the owner of the database and of its lock file, in a folder that can be written"
        }
    }

    package var exitStatus: ExitStatus {
        switch reason {
        case .heldByAnother: .busy
        case .noLockFile(let failure): failure.isNotPermitted ? .notPermitted : .inputOutput
        }
    }
}
