import Glibc
import WireGuard

/// Where logs, progress and the summary are shown to a person.
struct StandardError: Sendable {
    /// Whether a person looks on: the progress bar is drawn there and nowhere else.
    let isTerminal: Bool
    /// Whether colours are welcome: a terminal, and no `NO_COLOR` (https://no-color.org).
    let hasColours: Bool
    /// Whether characters outside ASCII can be shown.
    let hasUnicode: Bool
    private let descriptor: Int32

    /// - Parameter descriptor: Another one than that of standard error only in tests.
    init(environment: [String: String], descriptor: Int32 = STDERR_FILENO) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        hasColours = isTerminal && environment["NO_COLOR", default: ""].isEmpty
        // The first of these that is set decides, as in the C library.
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        hasUnicode = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    }

    /// How many columns the terminal has just now; 80 where it does not tell.
    var columns: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Writes a line, all at once, so that lines of several processes do not mix. On a terminal the line takes the place
    /// of a progress bar that stands there; the bar is drawn anew below it when the work goes on.
    func writeLine(_ line: String) {
        write((isTerminal ? Self.clearLine : "") + line + "\n")
    }

    /// Writes `text` as it is.
    ///
    /// What cannot be written is lost: nobody is left to be told, and a removal must not stop half-way because whoever
    /// read along has gone.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if written >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                } else if errno == EAGAIN {
                    // Somebody made the terminal or pipe non-blocking; a reader that takes nothing for ten seconds is gone.
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    guard poll(&waiting, 1, 10_000) > 0 else { return }
                } else if errno != EINTR {
                    return
                }
            }
        }
    }

    /// Takes the places of standard streams that the parent has closed, with `/dev/null`. To be called before anything
    /// is opened: else the next file, a config or the lock file, gets their number, and with it every log line.
    static func occupyClosedStreams() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest number that is free is this one.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Goes to the start of the line and clears it.
    static let clearLine = "\r\u{1B}[K"
}
