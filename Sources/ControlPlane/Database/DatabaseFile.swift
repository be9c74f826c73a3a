import Glibc
import Support

/// Identifies the file that a run has open as its database, to notice when the path leads to another file.
///
/// SQLite's own test, `SQLITE_FCNTL_HAS_MOVED`, checks the path after all links were resolved. It does not notice a
/// link that now points elsewhere.
struct DatabaseFile: Hashable, Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// - Parameter facts: the `stat` of the open file.
    init(_ path: String, _ facts: stat) {
        (self.path, device, inode) = (path, facts.st_dev, facts.st_ino)
    }

    /// When the database or its write-ahead log was last written; nil where that cannot be seen.
    var lastWritten: UTCTime? {
        ["", "-wal"].compactMap { suffix -> UTCTime? in
            var facts = stat()
            guard stat(path + suffix, &facts) == 0 else { return nil }
            return UTCTime(seconds: Int64(facts.st_mtim.tv_sec), nanoseconds: Int32(facts.st_mtim.tv_nsec))
        }.max()
    }

    /// - Throws: a failure with ``DatabaseFailure/Reason/moved`` if the path leads to another file or to none.
    func requireInPlace(while operation: String) throws(DatabaseFailure) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_dev != device || facts.st_ino != inode else { return }
        } else if errno != ENOENT && errno != ENOTDIR {
            throw DatabaseFailure(.inputOutput, while: operation, on: path, message: String(cString: strerror(errno)))
        }
        throw moved(while: operation)
    }

    /// The failure for a path that no longer leads to the open file. Its message identifies the open file by inode.
    func moved(while operation: String) -> DatabaseFailure {
        DatabaseFailure(.moved, while: operation, on: path, message: "inode \(inode)")
    }
}
