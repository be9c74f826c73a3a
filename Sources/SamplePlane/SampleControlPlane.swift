import GRDB
import Support

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A made-up database of wireguard_webadmin, in its schema of 2025: customers, their tunnels, firewall and sessions.
///
/// The same values make the same rows wherever the program runs. Keys are real Curve25519 pairs. Emails lie under
/// `example.com` and `example.org`. Most accounts are whole; some lack an instance, a user, a group or an ACL, some
/// names are carried twice, and groups, firewall rules and redirects cross accounts, as they do where people administer
/// by hand.
///
/// Made for measuring, too: 20,000 accounts with 5 peers each take some ten seconds in a release build. From 45,536
/// instances on, their ports are numbers that no socket has, which the database does not mind.
package struct SampleControlPlane: Sendable {
    package var accounts: Int
    /// How many peers an instance gets; up to 253 fit into its network.
    package var peersPerAccount: ClosedRange<Int>
    package var sessions: Int
    package var seed: UInt64
    /// When the sample is made: everything in it was created before, and most sessions expire after.
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

    /// Makes the database, readable by its owner alone, and says what is in it.
    ///
    /// All rows are one transaction. A database that could not be finished is deleted.
    /// - Throws: ``SampleError`` where the file exists, cannot be made or the numbers do not fit; GRDB's
    ///   `DatabaseError` where SQLite fails.
    package func write(to databasePath: String) throws -> SampleInventory {
        guard peersPerAccount.lowerBound >= 0, peersPerAccount.upperBound <= 253 else {
            throw SampleError.tooManyPeers(asked: peersPerAccount.upperBound)
        }
        try createPrivateFile(at: databasePath)
        do {
            return try fill(databasePath)
        } catch {
            unlink(databasePath)
            throw error
        }
    }

    private func fill(_ databasePath: String) throws -> SampleInventory {
        var configuration = Configuration()
        // Everything that a row refers to is made before it or with it, and the tests run `foreign_key_check`; deferred
        // keys would be counted again on each of some millions of rows.
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // Nobody else has the file, and one that is not finished is deleted, so nothing has to outlive a crash.
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
                try writer.writeAll()
                return .commit
            }
            return writer.inventory
        }
        try queue.close()
        return inventory
    }

    private func createPrivateFile(at path: String) throws {
        // SQLite would make the file with the umask's permissions; it holds private keys.
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
