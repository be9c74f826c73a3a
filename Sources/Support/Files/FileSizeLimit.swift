import Glibc

/// The limit on the size of the files that this process writes: `ulimit -f`, or `LimitFSIZE=` of a systemd service.
package enum FileSizeLimit {
    /// In bytes; nil where there is none.
    package static var current: UInt64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
            limit.rlim_cur < rlim_t(Int64.max)
        else { return nil }
        return UInt64(limit.rlim_cur)
    }

    /// What to do if a file would grow beyond the limit.
    package static let hint = "raise the limit on the size of files (ulimit -f, or LimitFSIZE= of the service)"
}
