import Glibc
import Support
import WireGuard

/// The program that a command starts once when it has ended, whatever came of it: `--on-finish`.
///
/// It is executed directly, not by a shell, with the environment of this process and three more variables. It has to
/// belong to root or to the user, and no other user may have write access.
package struct FinishHook: Sendable {
    /// The variables of the program. None begins as those of options do, so that it can start this program.
    private enum Variable {
        static let command = "RECONCILE_COMMAND"
        static let exitStatus = "RECONCILE_EXIT_STATUS"
        static let reports = "RECONCILE_REPORTS"
    }

    /// How much of its output is kept, in bytes.
    private static let outputLimit = 64 << 10

    package let path: String
    private let timeLimit: Duration
    private let environment: [String: String]

    /// - Parameter environment: that of this process.
    package init(path: String, timeLimit: Duration, environment: [String: String]) {
        (self.path, self.timeLimit, self.environment) = (path, timeLimit, environment)
    }

    /// Whether this process was itself started by such a program. It starts none then: a program that starts this one
    /// would be started without end.
    package var isNested: Bool { environment[Variable.command] != nil }

    /// How the program ended.
    package struct Ending: Sendable {
        /// What it wrote to standard output and standard error, cut off where it was much.
        package var output: String
        package var complaint: String
        /// nil where it ended with status 0.
        package var failure: (any ExplainedError)?
    }

    /// Starts the program and waits for it. After the time limit it is killed, with what it started.
    package func run(_ summary: FinishSummary) -> Ending {
        if let objection { return Ending(output: "", complaint: "", failure: objection) }
        let variables = [
            Variable.command: summary.command,
            Variable.exitStatus: "\(summary.exitStatus.rawValue)",
            Variable.reports: summary.call.reportPaths.joined(separator: "\n"),
        ]
        let program = Program(
            name: FileSystem.name(of: path), path: path, environment: environment.merging(variables) { $1 },
            timeLimit: timeLimit, outputLimit: Self.outputLimit)
        do throws(ProgramFailure) {
            let course = try program.follow([], input: summary.bytes())
            return Ending(
                output: String(decoding: course.output, as: UTF8.self),
                complaint: String(decoding: course.complaint, as: UTF8.self),
                failure: FinishHookFailure.Reason(course.ending, timeLimit).map { FinishHookFailure(path, $0) })
        } catch {
            let reason = error.reasonNotStarted ?? error.description
            return Ending(output: "", complaint: "", failure: FinishHookFailure(path, .notStarted(reason)))
        }
    }

    /// Why the program is not started; nil where it can be.
    package var objection: (any ExplainedError)? {
        do throws(FileFailure) {
            guard let facts = try FileSystem.statusBehindLinks(of: path) else {
                return FinishHookFailure(path, .notStarted(String(cString: strerror(ENOENT))))
            }
            guard facts.isFile else { return FinishHookFailure(path, .notStarted("it is not a regular file")) }
            if let reason = FileTrust().objection(to: facts) {
                return UntrustedFile(role: .finishHook, path: path, reason: reason)
            }
            guard access(path, X_OK) == 0 else { return FinishHookFailure(path, .notExecutable) }
            return nil
        } catch {
            return FinishHookFailure(path, .notStarted(error.reason))
        }
    }
}
