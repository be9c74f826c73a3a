import Logging

/// Writes log messages as sentences for somebody at a terminal. What to try, and a command to copy, get lines of their
/// own.
///
///     Error: cannot open the database /tmp/db.sqlite3: it does not exist
///       Try: give the path of the application's database with --database
///
/// Text from outside is made safe as in ``TextLogHandler``.
struct TerminalLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let terminal: StandardError

    init(level: Logger.Level, _ terminal: StandardError) { (logLevel, self.terminal) = (level, terminal) }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let message = TerminalMessage(
            event.level, event.message.description, metadataOf(event), colours: terminal.hasColours)
        for line in message.lines(width: terminal.columns) { terminal.writeLine(line) }
    }
}

/// A message to somebody at a terminal.
struct TerminalMessage {
    private let heading: String
    private var details: [String] = []
    /// A shell command, which is neither wrapped nor quoted.
    private var command: String?

    init(
        _ level: Logger.Level, _ message: String, _ metadata: [(key: String, value: Logger.Metadata.Value)],
        colours: Bool
    ) {
        var advice: String?
        heading = Self.word(for: level, colours) + ": " + onOneLine(message)
        for (key, value) in metadata {
            switch (key, value) {
            case (TextLogHandler.command, .string(let text)): command = onOneLine(text)
            case ("try", _): advice = "Try: \(onOneLine("\(value)"))"
            default: details.append("\(printable(key)): \(printable("\(value)"))")
            }
        }
        if let advice { details.append(advice) }
    }

    func lines(width: Int) -> [String] {
        heading.lineWrapped(to: width) + details.flatMap { ("  " + $0).lineWrapped(to: width) }
            + (command.map { ["  Command:", "    " + $0] } ?? [])
    }

    private static func word(for level: Logger.Level, _ colours: Bool) -> String {
        switch level {
        case .error, .critical: marked("Error", colours)
        case .warning: "Warning"
        case .trace, .debug, .info, .notice: "Info"
        }
    }
}
