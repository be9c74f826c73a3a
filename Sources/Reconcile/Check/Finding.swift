import Feed
import Support

/// What a check found out about one thing that a night needs.
public struct Finding: Hashable, Sendable {
    public enum Level: String, CaseIterable, Sendable {
        case ok
        /// The night goes on, perhaps not as somebody expects.
        case note
        /// The night would fail, or end with something left undone.
        case problem
    }

    public var level: Level
    /// The thing, in a word or two: "database".
    public var subject: String
    /// What was found, in a sentence.
    public var detail: String
    /// What to do about it, as an instruction; nil where there is nothing to do.
    public var advice: String?

    private init(_ level: Level, _ subject: String, _ detail: String, _ advice: String?) {
        (self.level, self.subject, self.detail, self.advice) = (level, subject, detail, advice)
    }

    public static func ok(_ subject: String, _ detail: String) -> Finding { Finding(.ok, subject, detail, nil) }

    public static func note(_ subject: String, _ detail: String, try advice: String? = nil) -> Finding {
        Finding(.note, subject, detail, advice)
    }

    public static func problem(_ subject: String, _ detail: String, try advice: String) -> Finding {
        Finding(.problem, subject, detail, advice)
    }

    /// What would end a run.
    public static func problem(_ subject: String, _ error: any ExplainedError) -> Finding {
        Finding(.problem, subject, error.description, error.hint)
    }
}

extension [Finding] {
    /// How a check that found these ends.
    public var exitStatus: ExitStatus { contains { $0.level == .problem } ? .configurationWrong : .success }
}
