import GRDB
import Support

extension DatabaseFailure {
    /// Explains what SQLite refused. What it does not say itself is asked of the system: whether a file beside the database
    /// is out of reach, and whether the process has a limit on the size of its files.
    package init(_ error: DatabaseError, while operation: String, on path: String) {
        let reason = Self.reason(of: error, on: path)
        // Of a file that was moved, SQLite says that the database is read-only.
        self.init(reason, while: operation, on: path, message: reason == .moved ? nil : error.message)
    }

    private static func reason(of error: DatabaseError, on path: String) -> Reason {
        switch error.extendedResultCode {
        case .SQLITE_READONLY_DBMOVED: return .moved
        case .SQLITE_IOERR_WRITE, .SQLITE_IOERR_TRUNCATE, .SQLITE_IOERR_SHMSIZE:
            // SQLite keeps the system's EFBIG to itself.
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

    /// What keeps the database from being written, where that can be seen.
    private static func notWritable(_ path: String) -> Reason? {
        if ReadOnlyMount.holds(path) || ReadOnlyMount.holds(FileSystem.parent(of: path)) { return .onReadOnlyMount }
        return outOfReach(besideDatabaseAt: path)
    }

    private static func outOfReach(besideDatabaseAt path: String) -> Reason? {
        FileBesideDatabase(outOfReachBesideDatabaseAt: path).map {
            .fileBesideOutOfReach(path: $0.path, owner: $0.owner)
        }
    }
}

extension DatabaseError {
    /// Whether this error would meet every account alike, so that going on makes no sense.
    ///
    /// What is left, constraints and triggers above all, is the matter of the one account at hand.
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
