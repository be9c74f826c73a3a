import Feed
import Support

/// What a check found out about one thing that a run needs.
package struct Finding: Hashable, Sendable {
    package enum Level: String, CaseIterable, Sendable {
        case ok
        /// The run would work, but perhaps not as expected.
        case note
        /// The run would fail, or leave something undone.
        case problem
    }

    package var level: Level
    /// What was checked, in a word or two: "database".
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

    /// An error that would end a run.
    package static func problem(_ subject: String, _ error: any ExplainedError) -> Finding {
        Finding(.problem, subject, error.description, error.hint)
    }
}

extension [Finding] {
    /// The exit status of a check with these findings.
    package var exitStatus: ExitStatus { contains { $0.level == .problem } ? .configurationWrong : .success }
}
