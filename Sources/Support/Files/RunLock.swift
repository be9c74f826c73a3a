import Glibc

/// Allows one run per database. The lock is released when the process ends, however it ends.
///
/// It is taken on a file next to the database. A lock on the database itself would interfere with SQLite: when a
/// process closes any descriptor of a file, it loses all its POSIX locks on that file, including SQLite's.
package struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// Holds the lock while `body` runs.
    ///
    /// - Throws: ``RunLockFailure`` if another process holds the lock or the lock file cannot be created; any error of
    ///   `body`.
    package static func holding<Value>(ofDatabaseAt path: String, now: UTCTime, _ body: () throws -> Value) throws
        -> Value
    {
        let lock = try RunLock(ofDatabaseAt: path, now: now)
        return try withExtendedLifetime(lock) { _ in try body() }
    }

    /// Holds the lock as long as the object exists.
    package final class Hold: Sendable {
        private let lock: RunLock

        /// - Throws: ``RunLockFailure``.
        package init(ofDatabaseAt path: String, now: UTCTime) throws {
            lock = try RunLock(ofDatabaseAt: path, now: now)
        }
    }

    /// Checks whether the lock is free, without creating a lock file.
    ///
    /// - Throws: ``RunLockFailure`` if it is not.
    package static func examine(ofDatabaseAt path: String) throws {
        let lockPath = lockPath(ofDatabaseAt: path)
        let descriptor = open(lockPath, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return }
            throw RunLockFailure(database: path, reason: .noLockFile(FileFailure(.open, lockPath)))
        }
        defer { _ = close(descriptor) }
        // This holds a shared lock for the duration of the call. A run that starts in that moment exits with 75; it can
        // be retried.
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { throw failure(path, lockPath, descriptor) }
    }

    private static func lockPath(ofDatabaseAt path: String) -> String {
        // Resolve links, so that two names of one database share the lock.
        let resolved = realpath(path, nil).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        return (resolved ?? path) + ".wg-reconcile.lock"
    }

    /// Why the lock could not be taken. Reads `errno`, so call it right after the failed call.
    private static func failure(_ path: String, _ lockPath: String, _ descriptor: Int32) -> RunLockFailure {
        let code = errno
        // The line about the holder is optional. Without it the message is shorter but still correct.
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

    /// Write errors are ignored: all that is lost is the text for another process's message.
    private static func write(_ text: String, to descriptor: Int32) {
        _ = ftruncate(descriptor, 0)
        _ = Array(text.utf8).withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit {
        // The file is not deleted. Otherwise one process could lock the deleted file while another locks a new one.
        _ = close(descriptor)
    }
}

/// The lock on the database could not be taken.
package struct RunLockFailure: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        /// The holder and the start of its run, if they could be read: `process 4711 since 2026-11-23T03:10:00Z`.
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
            "another run is in progress" + (holder.map { ": \($0.escapedForMessage(limit: 100))" } ?? "")
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
