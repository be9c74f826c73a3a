import Glibc

/// A file system that is mounted read-only, for everybody or only for a systemd service.
package enum ReadOnlyMount {
    /// Whether a file or folder is on a read-only mount. False if that cannot be found out.
    package static func holds(_ path: String) -> Bool {
        var facts = statvfs()
        return statvfs(path, &facts) == 0 && facts.f_flag & UInt(ST_RDONLY) != 0
    }

    /// What to do if something on a read-only mount had to be written.
    package static let hint =
        "mount it writable; a systemd service can write only to what its ReadWritePaths= names"
}
