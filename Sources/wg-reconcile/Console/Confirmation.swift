import Glibc
import Reconcile
import Report
import Support

/// Asks the operator about a plan. Plan and question go to standard error, so that standard output has the result alone.
struct Confirmation {
    private let standardError: StandardError

    /// nil if nobody can be asked.
    init?(_ console: Console) {
        guard isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 else { return nil }
        standardError = console.standardError
    }

    /// Shows the plan without a question. If it removes no account, the operator sees a mistyped email there.
    func show(_ planned: PlannedRun) {
        PlanTable(planned).write(width: standardError.columns) { standardError.write($0) }
        standardError.write("\n")
    }

    /// Shows the plan and asks. Anything but `yes` means no.
    func isGiven(for planned: PlannedRun) throws -> Bool {
        show(planned)
        let count = planned.plan.targets.count
        standardError.write("Remove \(count == 1 ? "this account" : "these \(count) accounts")? Type yes to go on: ")
        let answer = readLine()
        // The reader ended the input without an answer; what follows begins on a new line.
        if answer == nil { standardError.write("\n") }
        return answer?.split(separator: " ").joined() == "yes"
    }
}

/// A removal needs the operator's consent, and there is no terminal to ask on.
struct NobodyToAsk: ExplainedError {
    var operation: String { "ask whether to remove" }
    var subject: String { "the accounts" }
    var cause: String { "standard input or standard error is no terminal; nothing was removed" }
    var hint: String { "check what --dry-run shows, then give --yes" }
    var exitStatus: ExitStatus { .usage }
}

/// The operator did not agree.
struct NotConfirmed: ExplainedError {
    var operation: String { "remove" }
    var subject: String { "the accounts" }
    var cause: String { "the answer was not yes; nothing was removed" }
    var hint: String { "if they are to be removed, start it again" }
    var exitStatus: ExitStatus { .stoppedByGuard }
}
