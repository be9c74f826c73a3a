import GRDB
import Support

extension DatabaseFailure {
    /// Explains an error of SQLite. Some causes SQLite does not report; for those this asks the system: whether this
    /// user may write a file next to the database, and whether the process has a limit on file sizes.
    package init(_ error: DatabaseError, while operation: String, on path: String) {
        let reason = Self.reason(of: error, on: path)
        // For a file that was moved, SQLite only reports that the database is read-only.
        self.init(reason, while: operation, on: path, message: reason == .moved ? nil : error.message)
    }

    private static func reason(of error: DatabaseError, on path: String) -> Reason {
        switch error.extendedResultCode {
        case .SQLITE_READONLY_DBMOVED: return .moved
        case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE:
            // SQLite does not report the system's EFBIG.
            if let limit = FileSizeLimit.current { return .fileSizeLimited(to: limit) }
        default: break
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: return .busy
        case .SQLITE_FULL: return .full
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: return notWritable(path) ?? .readOnly
        case .SQLITE_CANTOPEN: return notWritable(path) ?? .inputOutput
        case .SQLITE_IOERR: return .inputOutput
        case .SQLITE_CORRUPT: return .corrupt
        case .SQLITE_NOTADB: return .notADatabase
        case .SQLITE_NOMEM: return .outOfMemory
        default: return .other(code: error.extendedResultCode.rawValue)
        }
    }

    /// Why the database cannot be written; nil if no cause was found.
    private static func notWritable(_ path: String) -> Reason? {
        if ReadOnlyMount.holds(path) || ReadOnlyMount.holds(FileSystem.parent(of: path)) { return .onReadOnlyMount }
        return outOfReach(besideDatabaseAt: path)
    }

    /// Explains an error to a reader, who has no use for what only keeps a database from being written.
    ///
    /// - Parameter owner: of the database.
    init(ofReader error: DatabaseError, while operation: String, on path: String, owner: UInt32) {
        self.init(error, while: operation, on: path)
        switch (reason, error.resultCode) {
        case (.readOnly, _), (.fileBesideOutOfReach, _), (.inputOutput, .SQLITE_CANTOPEN):
            reason = .needsWriter(owner: owner)
        default: break
        }
    }

    private static func outOfReach(besideDatabaseAt path: String) -> Reason? {
        FileBesideDatabase(outOfReachBesideDatabaseAt: path).map {
            .fileBesideOutOfReach(path: $0.path, owner: $0.owner)
        }
    }
}

extension DatabaseError {
    /// Whether this error would occur for every account, so that the run has to stop.
    ///
    /// All other errors, mostly from constraints and triggers, concern only the current account.
    package var endsTheRun: Bool {
        switch resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL, .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH,
            .SQLITE_CANTOPEN, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_NOMEM, .SQLITE_INTERRUPT:
            true
        default:
            false
        }
    }
}
