import Glibc

/// The signals raised by failed writes: to a pipe that nobody reads any more (SIGPIPE), and beyond the file size limit
/// (SIGXFSZ).
enum WriteSignals {
    /// Makes such a write fail with only an error, EPIPE or EFBIG, where the signal would kill the process. Call it
    /// once, at the start of the program.
    static func becomeErrors() {
        for number in [SIGPIPE, SIGXFSZ] {
            // Not SIG_IGN, which child processes would inherit. A handler is reset to the default in them.
            signal(number) { _ in }
        }
    }
}
