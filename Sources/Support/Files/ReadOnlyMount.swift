import Glibc

/// A file system that is mounted read-only: for everybody, or for a systemd service alone.
package enum ReadOnlyMount {
    /// Whether a file or folder lies on one. What cannot be looked at does not.
    package static func holds(_ path: String) -> Bool {
        var facts = statvfs()
        return statvfs(path, &facts) == 0 && facts.f_flag & UInt(ST_RDONLY) != 0
    }

    /// What to do where something on one was to be written.
    package static let hint =
        "mount it so that it can be written; a systemd service can write only what its ReadWritePaths= names"
}
