import Feed
import Support

/// What a check found out about one thing that a night needs.
package struct Finding: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case ok
        /// The night goes on, perhaps not as somebody expects.
        case note
        /// The night would fail, or end with something left undone.
        case problem
    }

    package var level: Level
    /// The thing, in a word or two: "database".
    package var subject: String
    /// What was found, in a sentence.
    package var detail: String
    /// What to do about it, as an instruction; nil where there is nothing to do.
    package var advice: String?

    private init(_ level: Level, _ subject: String, _ detail: String, _ advice: String?) {
        (self.level, self.subject, self.detail, self.advice) = (level, subject, detail, advice)
    }

    package static func ok(_ subject: String, _ detail: String) -> Finding { Finding(.ok, subject, detail, nil) }

    package static func note(_ subject: String, _ detail: String, try advice: String? = nil) -> Finding {
        Finding(.note, subject, detail, advice)
    }

    package static func problem(_ subject: String, _ detail: String, try advice: String) -> Finding {
        Finding(.problem, subject, detail, advice)
    }

    /// What would end a run.
    package static func problem(_ subject: String, _ error: any ExplainedError) -> Finding {
        Finding(.problem, subject, error.description, error.hint)
    }
}

extension [Finding] {
    /// How a check that found these ends.
    package var exitStatus: ExitStatus { contains { $0.level == .problem } ? .configurationWrong : .success }
}
