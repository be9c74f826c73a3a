import Journal
import Report
import Support

/// The command that approves the plan a guard has stopped, and only that plan. It is this call's own command with
/// `--approve`; for an inbox, a run of the one feed.
struct ApprovalCommand {
    /// The command as text to paste into a shell.
    let text: String
    /// The command that shows the plan, from the same feed and with the same options.
    let plan: String

    /// - Parameters:
    ///   - digest: The digest of the plan.
    ///   - feedPath: Where the feed of an inbox is now; nil where the call names the feed itself.
    ///   - arguments: The arguments of this call, including the program's name.
    ///   - environment: The environment of this call. Options in it become part of the command.
    init(
        approving digest: String, ofFeedAt feedPath: String?, _ arguments: [String], environment: [String: String]
    ) {
        let options = Set(WGReconcile.variableNames.filter { $0 != "approve" }.map(\.variable))
        let variables = environment.filter { options.contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.quotedForShell)" }
        var words: [String] = []
        if let feedPath { words.append(feedPath.hasPrefix("-") ? "./" + feedPath : feedPath) }
        var rest = arguments.dropFirst(2)
        while let word = rest.popFirst() {
            switch word {
            case "--dry-run", "--json", "--summary": continue
            case "--approve": _ = rest.popFirst()
            case "--inbox" where feedPath != nil: _ = rest.popFirst()
            case _ where word.hasPrefix("--approve="): continue
            case _ where word.hasPrefix("--inbox=") && feedPath != nil: continue
            default: words.append(word)
            }
        }
        func command(_ subcommand: String...) -> String {
            (variables + (Array(arguments.prefix(1)) + subcommand + words).map(\.quotedForShell)).joined(separator: " ")
        }
        if arguments.dropFirst().first == RunCommandName.remove.rawValue {
            text = command("remove", "--approve", digest)
            plan = command("remove", "--dry-run")
        } else {
            text = command("run", "--approve", digest)
            plan = command("plan")
        }
    }
}
