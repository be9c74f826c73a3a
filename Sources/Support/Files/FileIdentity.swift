import Glibc

/// Identifies a file, to detect when another one has replaced it under the same name.
package struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: [Int]
    private let changed: [Int]

    package init(_ facts: stat) {
        (device, inode, size) = (UInt64(facts.st_dev), UInt64(facts.st_ino), Int64(facts.st_size))
        modified = [facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec]
        changed = [facts.st_ctim.tv_sec, facts.st_ctim.tv_nsec]
    }

    /// Whether these are facts of the same file, unchanged.
    ///
    /// - Parameter afterRename: Whether to ignore the inode's change time (ctime), which a rename changes. Otherwise it
    ///   is compared, because a new file can get the inode of a deleted one.
    package func isStill(_ facts: stat?, afterRename: Bool = false) -> Bool {
        guard let found = facts.map({ FileIdentity($0) }) else { return false }
        if !afterRename { return found == self }
        return (found.device, found.inode, found.size) == (device, inode, size) && found.modified == modified
    }
}
