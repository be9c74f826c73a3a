import Glibc

/// A file that SQLite keeps next to a database: `-wal` and `-shm` in WAL mode, `-journal` in other modes.
struct FileBesideDatabase: Hashable, Sendable {
    var path: String
    var owner: uid_t

    /// The first of these files that exists and that this user may not read and write; nil if there is none.
    init?(outOfReachBesideDatabaseAt path: String) {
        for suffix in ["-wal", "-shm", "-journal"] {
            let file = Self.resolved(path) + suffix
            var facts = stat()
            guard stat(file, &facts) == 0, faccessat(AT_FDCWD, file, R_OK | W_OK, AT_EACCESS) != 0, errno == EACCES
            else { continue }
            (self.path, owner) = (file, facts.st_uid)
            return
        }
        return nil
    }

    /// SQLite resolves links first and keeps its files next to the resolved path.
    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
