import Glibc

/// The signals that come with a write that fails: to a pipe that nobody reads any more (SIGPIPE), and beyond the limit on
/// the size of files (SIGXFSZ).
enum WriteSignals {
    /// Lets such a write fail with its error alone, EPIPE or EFBIG, where the signal would kill the process. To be called
    /// once, at its start.
    static func becomeErrors() {
        for number in [SIGPIPE, SIGXFSZ] {
            // Not SIG_IGN, which programs that are started from here would inherit; in place of a handler they have the
            // default.
            signal(number) { _ in }
        }
    }
}
