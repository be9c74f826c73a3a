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
            The least important messages to log, to standard error. (default: info; on a terminal, where the summary \
            says the same, warning)
            """, valueName: "level"))
    var logLevel: Logger.Level?

    @Option(help: "How log lines are written: text, or a JSON object a line. (default: text)")
    var logFormat: LogFormat?

    func logger(_ settings: Settings, _ standardError: StandardError) throws -> Logger {
        let chosen = try logLevel ?? settings.value(.logLevel)
        let level = chosen ?? (standardError.isTerminal ? .warning : .info)
        let format = try logFormat ?? settings.value(.logFormat) ?? .text
        return Logger(label: "wg-reconcile") { _ in
            switch format {
            case .text: TextLogHandler(level: level, now: SystemClock.now, writeLine: standardError.writeLine)
            case .json: JSONLinesLogHandler(level: level, now: SystemClock.now, writeLine: standardError.writeLine)
            }
        }
    }
}
