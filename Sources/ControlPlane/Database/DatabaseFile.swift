import Glibc

/// The file that a run has open as its database, by which it notices that the path leads to another one by now.
///
/// SQLite's own test, `SQLITE_FCNTL_HAS_MOVED`, asks for the path as it was once all links were followed, and does not
/// notice a link that has been made to lead elsewhere.
struct DatabaseFile: Hashable, Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// - Parameter facts: of the file that is open.
    init(_ path: String, _ facts: stat) {
        (self.path, device, inode) = (path, facts.st_dev, facts.st_ino)
    }

    /// - Throws: a failure for ``DatabaseFailure/Reason/moved`` where the path leads to another file, or to none.
    func requireInPlace(while operation: String) throws(DatabaseFailure) {
        var facts = stat()
        if stat(path, &facts) == 0 {
            guard facts.st_dev != device || facts.st_ino != inode else { return }
        } else if errno != ENOENT && errno != ENOTDIR {
            throw DatabaseFailure(.inputOutput, while: operation, on: path, message: String(cString: strerror(errno)))
        }
        throw moved(while: operation)
    }

    /// That the file which is open is no longer the one at the path. Says which file was worked on.
    func moved(while operation: String) -> DatabaseFailure {
        DatabaseFailure(.moved, while: operation, on: path, message: "inode \(inode)")
    }
}
