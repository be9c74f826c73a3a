import ArgumentParser
import Logging
import SamplePlane

// Neither package declares this conformance itself.
// swift-format-ignore: AvoidRetroactiveConformances
extension Logger.Level: @retroactive ExpressibleByArgument {}

/// The form of log lines.
enum LogFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

struct LoggingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The lowest level of messages to log to standard error. (default: info; on a terminal, where the summary \
            says the same, warning)
            """, valueName: "level"))
    var logLevel: Logger.Level?

    @Option(help: "The format of the log: text, which on a terminal is sentences, or one JSON object per line.")
    var logFormat = LogFormat.text

    func logger(_ standardError: StandardError) -> Logger {
        let level = logLevel ?? (standardError.isTerminal ? .warning : .info)
        let format = logFormat
        return Logger(label: "wg-reconcile") { _ in
            switch format {
            case .text where standardError.isTerminal: TerminalLogHandler(level: level, standardError)
            case .text: TextLogHandler(level: level, now: SystemClock.now, writeLine: standardError.writeLine)
            case .json: JSONLinesLogHandler(level: level, now: SystemClock.now, writeLine: standardError.writeLine)
            }
        }
    }
}
