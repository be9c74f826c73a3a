import Support
import WireGuard

/// The program of `--on-finish` was not started, or did not end with status 0. The call itself is not affected.
package struct FinishHookFailure: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        case notStarted(String)
        case notExecutable
        case status(Int32)
        case signal
        case unknownStatus
        case timedOut(Duration)
    }

    package var path: String
    package var reason: Reason

    init(_ path: String, _ reason: Reason) { (self.path, self.reason) = (path, reason) }

    package var operation: String { "run the program of --on-finish" }
    package var subject: String { path.escapedForMessage(limit: 400) }

    package var cause: String {
        switch reason {
        case .notStarted(let why): why
        case .notExecutable: "it is not executable"
        case .status(let status): "it ended with status \(status)"
        case .signal: "a signal ended it"
        case .unknownStatus: "it has ended, but its exit status is unknown"
        case .timedOut(let limit): "it took longer than \(limit.components.seconds) s and was ended"
        }
    }

    package var hint: String {
        let advice =
            switch reason {
            case .notStarted: "look at the path; a script begins with #! and its interpreter"
            case .notExecutable: "chmod +x \(subject)"
            case .status, .signal, .unknownStatus: "look at what it has printed"
            case .timedOut: "have it end sooner, or give it more time with --on-finish-timeout"
            }
        return advice + "; the call itself is not affected"
    }

    /// A command does not end with it.
    package var exitStatus: ExitStatus { .attentionNeeded }
}

extension FinishHookFailure.Reason {
    /// nil for a program that ended with status 0.
    init?(_ ending: Program.Course.Ending, _ timeLimit: Duration) {
        switch ending {
        case .status(0): return nil
        case .status(let status): self = .status(status)
        case .signal: self = .signal
        case .unknown: self = .unknownStatus
        case .timedOut: self = .timedOut(timeLimit)
        }
    }
}
