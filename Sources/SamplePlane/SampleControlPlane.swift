import GRDB
import Support

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A made-up database of wireguard_webadmin, in its schema of 2025: customers, their tunnels, firewall and sessions.
///
/// The same values give the same rows wherever the program runs. Keys are real Curve25519 pairs. Emails are under
/// `example.com` and `example.org`. Most accounts are complete. Some lack an instance, a user, a group or an ACL, and
/// some names occur twice. Groups, firewall rules and redirects cross accounts, as they do after manual administration.
///
/// Also used for benchmarks: 20,000 accounts with 5 peers each take about ten seconds in a release build. From 45,536
/// instances on, their ports exceed the range of valid ports, which the database accepts.
package struct SampleControlPlane: Sendable {
    package var accounts: Int
    /// How many peers an instance gets. Up to 253 fit into its network.
    package var peersPerAccount: ClosedRange<Int>
    package var sessions: Int
    package var seed: UInt64
    /// When the sample is made. Everything in it was created earlier, and most sessions expire later.
    package var now: UTCTime

    package init(
        accounts: Int = 100, peersPerAccount: ClosedRange<Int> = 0...5, sessions: Int = 300, seed: UInt64 = 1,
        now: UTCTime
    ) {
        self.accounts = accounts
        self.peersPerAccount = peersPerAccount
        self.sessions = sessions
        self.seed = seed
        self.now = now
    }

    /// Creates the database, readable only by its owner, and returns what it contains.
    ///
    /// All rows are written in one transaction. A database that could not be finished is deleted.
    ///
    /// - Throws: ``SampleError`` where the file exists, cannot be created or the numbers do not fit; GRDB's
    ///   `DatabaseError` where SQLite fails.
    package func write(
        to databasePath: String, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> SampleInventory {
        guard peersPerAccount.lowerBound >= 0, peersPerAccount.upperBound <= 253 else {
            throw SampleError.tooManyPeers(asked: peersPerAccount.upperBound)
        }
        try createPrivateFile(at: databasePath)
        do {
            return try fill(databasePath, progress)
        } catch {
            unlink(databasePath)
            throw error
        }
    }

    private func fill(_ databasePath: String, _ progress: (Int, Int) -> Void) throws -> SampleInventory {
        var configuration = Configuration()
        // Every row is written after, or together with, the rows it refers to, and the tests run `foreign_key_check`.
        // Deferred keys would be checked again for each of several million rows.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // Nobody else has the file, and an unfinished one is deleted, so nothing has to survive a crash.
            try db.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    PRAGMA cache_size = -262144;
                    """)
        }
        let queue = try DatabaseQueue(path: databasePath, configuration: configuration)
        let inventory = try queue.writeWithoutTransaction { db in
            try db.execute(sql: SampleSchema.year2025)
            var writer = SampleWriter(db: db, sample: self)
            try db.inTransaction(.exclusive) {
                try writer.writeAll(progress: progress)
                return .commit
            }
            return writer.inventory
        }
        try queue.close()
        return inventory
    }

    private func createPrivateFile(at path: String) throws {
        // SQLite would create the file with the umask's permissions. It contains private keys.
        let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard descriptor >= 0 else {
            let code = errno
            if code == EEXIST { throw SampleError.databaseExists(path: path) }
            throw SampleError.notWritten(
                path: path, reason: String(cString: strerror(code)), permission: code == EACCES || code == EROFS)
        }
        close(descriptor)
    }
}
