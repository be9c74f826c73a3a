import Feed
import Logging
import SamplePlane
import Support
import WireGuard

/// Writes log messages as one JSON object per line, for log collectors:
/// `{"time":"2026-11-23T18:07:00Z","level":"warning","message":"…","entry":"17"}`.
///
/// Metadata is added under its own keys. A key that equals one of the first three gets a trailing `_`.
struct JSONLinesLogHandler: LogHandler {
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
        var json = JSONText()
        json.object { json in
            json.member("time", now().rfc3339)
            json.member("level", event.level.rawValue)
            json.member("message", event.message.description)
            for (key, value) in metadataOf(event) {
                json.key(escaping: ["time", "level", "message"].contains(key) ? key + "_" : key)
                Self.write(value, to: &json)
            }
        }
        writeLine(String(decoding: json.bytes, as: UTF8.self))
    }

    private static func write(_ value: Logger.Metadata.Value, to json: inout JSONText) {
        switch value {
        case .string(let text): json.value(text)
        case .stringConvertible(let value): json.value(value.description)
        case .array(let values):
            json.array { json in
                for value in values {
                    write(value, to: &json)
                }
            }
        case .dictionary(let values):
            json.object { json in
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    json.key(escaping: key)
                    write(value, to: &json)
                }
            }
        }
    }
}
