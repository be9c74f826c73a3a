import Feed
import Support

/// A program that was called did not do what it was called for.
package struct ProgramFailure: Error, Hashable, Sendable, CustomStringConvertible {
    enum Reason: Hashable, Sendable {
        case notStarted(String)
        /// It ended with this status, and said this.
        case status(Int32, String)
        /// A signal ended it.
        case signal(String)
        /// It has ended, and somebody else was told how.
        case unknownStatus
        case timedOut(Duration)
        case tooMuchOutput
    }

    /// The program with its arguments, which hold no key.
    var call: String
    var reason: Reason

    package var description: String {
        switch reason {
        case .notStarted(let why): "`\(call)` could not be started: \(why)"
        case .status(let status, let complaint): "`\(call)` ended with status \(status)" + Self.said(complaint)
        case .signal(let complaint): "`\(call)` was ended by a signal" + Self.said(complaint)
        case .unknownStatus: "`\(call)` has ended, and nobody can say how"
        case .timedOut(let limit): "`\(call)` took longer than \(limit.components.seconds) s and was ended"
        case .tooMuchOutput: "`\(call)` wrote more than can be read"
        }
    }

    /// The same, without what the program said.
    var withoutComplaint: ProgramFailure {
        switch reason {
        case .status(let status, _): ProgramFailure(call: call, reason: .status(status, ""))
        case .signal: ProgramFailure(call: call, reason: .signal(""))
        case .notStarted, .unknownStatus, .timedOut, .tooMuchOutput: self
        }
    }

    /// The last lines of what a program said. `wg` quotes what it does not understand in a config, which may be a private
    /// key, and `wg-quick` shows the commands that it runs, so neither is passed on.
    private static func said(_ complaint: String) -> String {
        let lines = complaint.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("[#]") }
        guard !lines.isEmpty else { return "" }
        let text = lines.suffix(3).map { withoutKeys(String($0)) }.joined(separator: "; ")
        return ": " + text.escapedForMessage(limit: 300)
    }

    private static func withoutKeys(_ line: String) -> String {
        // To the end of the line: what is quoted may hold a quotation mark of its own.
        line.replacing(#/`.*/#, with: "`…").replacing(#/[A-Za-z0-9+\/]{40,}={0,2}/#, with: "…")
    }
}
