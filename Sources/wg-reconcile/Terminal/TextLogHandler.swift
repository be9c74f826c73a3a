import Feed
import Logging
import Report
import Support

/// Writes log messages as lines for people: `2026-11-23T18:07:00Z warning: message key=value`.
///
/// A message is always one line. A value with spaces, quotes or anything unusual is quoted, so that a feed cannot forge
/// a line or a key.
struct TextLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let now: @Sendable () -> UTCTime
    private let writeLine: @Sendable (String) -> Void

    /// - Parameter writeLine: Called with a line without its line end.
    init(level: Logger.Level, now: @escaping @Sendable () -> UTCTime, writeLine: @escaping @Sendable (String) -> Void) {
        (logLevel, self.now, self.writeLine) = (level, now, writeLine)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(now().rfc3339) \(event.level.rawValue): \(onOneLine(event.message.description))"
        var command: String?
        for (key, value) in metadataOf(event) {
            // Not quoted, so that it can be copied and run. It is the last on its line.
            if key == Self.command, case .string(let text) = value {
                command = text
            } else {
                line += " \(Self.quoted(key))=\(Self.text(of: value))"
            }
        }
        writeLine(line + (command.map { " \(Self.command): \(onOneLine($0))" } ?? ""))
    }

    /// The metadata key of a shell command.
    static let command = "command"

    private static func text(of value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): quoted(value.description)
        case .array(let values): "[" + values.map { text(of: $0) }.joined(separator: ",") + "]"
        case .dictionary(let values):
            "{"
                + values.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(text(of: $0.value))" }
                .joined(separator: ",") + "}"
        }
    }

    /// The text as it is if it is one plain word, else in quotes.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "._-/:@+%#".unicodeScalars.contains(scalar)
        }
        guard !isPlain || text.isEmpty else { return text }
        return "\"" + printable(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
            + "\""
    }
}

extension LogHandler {
    /// All metadata of an event and its logger, in alphabetical order. If a key occurs twice, the value nearest to the
    /// event counts.
    func metadataOf(_ event: LogEvent) -> [(key: String, value: Logger.Metadata.Value)] {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { $1 }
        all.merge(event.metadata ?? [:]) { $1 }
        if let error = event.error {
            all["error"] = .string("\(error)")
        }
        return all.sorted { $0.key < $1.key }
    }
}
