import Feed
import Support

/// A call of a program failed.
package struct ProgramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    enum Reason: Hashable, Sendable {
        case notStarted(String)
        /// It exited with this status and wrote this to standard error.
        case status(Int32, String)
        /// It was ended by a signal and wrote this to standard error.
        case signal(String)
        /// It has ended, and somebody else collected the status.
        case unknownStatus
        case timedOut(Duration)
        case tooMuchOutput
    }

    /// The program with its arguments, which contain no key.
    var call: String
    var reason: Reason

    package var description: String {
        switch reason {
        case .notStarted(let why): "`\(call)` could not be started: \(why)"
        case .status(let status, let complaint): "`\(call)` ended with status \(status)" + Self.said(complaint)
        case .signal(let complaint): "`\(call)` was ended by a signal" + Self.said(complaint)
        case .unknownStatus: "`\(call)` has ended, and its exit status is unknown"
        case .timedOut(let limit): "`\(call)` took longer than \(limit.components.seconds) s and was ended"
        case .tooMuchOutput: "`\(call)` wrote more than can be read"
        }
    }

    /// Why a program could not be started, in the system's words; nil for another failure.
    package var reasonNotStarted: String? { if case .notStarted(let why) = reason { why } else { nil } }

    /// The same failure, without the program's own message.
    var withoutComplaint: ProgramFailure {
        switch reason {
        case .status(let status, _): ProgramFailure(call: call, reason: .status(status, ""))
        case .signal: ProgramFailure(call: call, reason: .signal(""))
        case .notStarted, .unknownStatus, .timedOut, .tooMuchOutput: self
        }
    }

    /// The last lines of a program's message. `wg` quotes what it does not understand in a config, which may be a
    /// private key. `wg-quick` prints the commands that it runs. Neither is passed on.
    private static func said(_ complaint: String) -> String {
        let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("[#]") }
        guard !lines.isEmpty else { return "" }
        let text = lines.suffix(3).map { withoutKeys(String($0)) }.joined(separator: "; ")
        return ": " + text.escapedForMessage(limit: 300)
    }

    private static func withoutKeys(_ line: String) -> String {
        // To the end of the line: the quoted text may itself contain a quotation mark.
        line.replacing(#/`.*/#, with: "`…").replacing(#/[A-Za-z0-9+\/]{40,}={0,2}/#, with: "…")
    }
}
