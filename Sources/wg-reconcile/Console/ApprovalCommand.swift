import Journal
import Report

/// The command by which an operator lets exactly the plan pass that a guard has stopped: this call's own, as a run of the one
/// feed with `--approve`.
struct ApprovalCommand {
    /// To be pasted into a shell.
    let text: String

    /// - Parameters:
    ///   - digest: of the plan.
    ///   - feedPath: where the feed of an inbox lies now; nil where the call names the feed itself.
    ///   - arguments: of this call, the program's name among them.
    ///   - environment: of this call; its options are given along.
    init(
        approving digest: String, ofFeedAt feedPath: String?, _ arguments: [String], environment: [String: String]
    ) {
        let options = Set(OptionName.allCases.map(\.variable)).subtracting([OptionName.approve.variable])
        let variables = environment.filter { options.contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\(Self.quoted($0.value))" }
        var words = Array(arguments.prefix(1)) + ["run", "--approve", digest]
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
        text = (variables + words.map(Self.quoted)).joined(separator: " ")
    }

    /// A word as a POSIX shell takes it, in quotes where it needs them.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-_./=:,@%+".utf8.contains(byte)
                }
            }
        return isPlain
            ? word
            : "'"
                + word.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }
}
