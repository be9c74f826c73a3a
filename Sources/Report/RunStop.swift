import Foundation
import Support

/// What ended a run early.
package struct RunStop: Hashable, Sendable {
    private static let joint = ". Try: "

    package var reason: String
    /// What to do about it; empty if the report of another host names nothing.
    package var advice: String
    /// The exit status of the error; nil if the report of another host names none.
    package var exitStatus: ExitStatus?

    package init(reason: String, advice: String = "", exitStatus: ExitStatus?) {
        self.reason = reason
        self.advice = advice
        self.exitStatus = exitStatus
    }

    package init(_ error: any ExplainedError) {
        self.init(reason: error.description, advice: error.hint, exitStatus: error.exitStatus)
    }

    /// Reads what a report states.
    init(text: String, exitStatus: Int32?) {
        let parts = text.range(of: Self.joint, options: .backwards).map {
            (text[..<$0.lowerBound], text[$0.upperBound...])
        }
        let (reason, advice) = parts.map { (String($0), String($1)) } ?? (text, "")
        self.init(reason: reason, advice: advice, exitStatus: exitStatus.flatMap(ExitStatus.init))
    }

    /// The reason and the advice, as in the report.
    package var text: String { advice.isEmpty ? reason : reason + Self.joint + advice }

    package var isByGuard: Bool { exitStatus == .stoppedByGuard }
}
