import Glibc
import Support
import WireGuard

/// Standard error, for logs, progress and the summary.
struct StandardError: Sendable {
    /// Whether it is a terminal. Only there is the progress bar drawn.
    let isTerminal: Bool
    /// Whether to use colours: on a terminal, unless `NO_COLOR` is set (https://no-color.org).
    let hasColours: Bool
    /// Whether characters outside ASCII can be shown.
    let hasUnicode: Bool
    private let descriptor: Int32

    /// - Parameter descriptor: Differs from standard error only in tests.
    init(environment: [String: String], descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        hasColours = isTerminal && environment["NO_COLOR", default: ""].isEmpty
        // The first of these that is set decides, as in the C library.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        hasUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    }

    /// The current width of the terminal; 80 where it is unknown.
    var columns: Int { Self.columns(of: descriptor) }

    static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes a line in one piece, so that lines of several processes do not mix. On a terminal the line replaces a
    /// progress bar. The bar is redrawn below it when the work continues.
    func writeLine(_ line: String) {
        write((isTerminal ? Self.clearLine : "") + line + "\n")
    }

    /// Writes an error that ends the program before there is a log.
    func explain(_ error: any ExplainedError) {
        guard isTerminal else { return writeLine("error: \(error.description). Try: \(error.hint)") }
        let message = TerminalMessage(
            .error, error.description, [("try", .string(error.hint))], colours: hasColours)
        for line in message.lines(width: columns) { writeLine(line) }
    }

    /// Writes `text` as it is.
    ///
    /// What cannot be written is lost. There is nowhere to report it, and a removal must not stop half-way because the
    /// reader is gone.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                } else if errno == EAGAIN {
                    // Somebody made the terminal or pipe non-blocking. A reader that takes nothing for ten seconds
                    // counts as gone.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&waiting, 1, 10_000) > 0 else { return }
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    /// Opens `/dev/null` for standard streams that the parent has closed. Call it before anything is opened. Otherwise
    /// the next file, such as a config or the lock file, would get the stream's number and every log line with it.
    static func occupyClosedStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // `open` returns the lowest free number, which is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Moves to the start of the line and clears it.
    static let clearLine = "\r\u{1B}[K"
}
