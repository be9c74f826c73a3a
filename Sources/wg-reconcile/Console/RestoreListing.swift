import ControlPlane
import Reconcile
import Removal
import Support

/// The output of `restore`: some lines for each account.
struct RestoreListing {
    let result: RestoreRun.Result
    let isDry: Bool

    var text: String {
        let accounts = result.accounts.map { email, outcome in
            switch outcome {
            case .success(let account): Self.lines(account, email, isDry: isDry)
            case .failure(let refusal): ["\(printable(email)): not restored: \(printable(refusal.description))"]
            }
        }
        let up = result.regeneration?.record.live.up ?? []
        let interfaces = up.isEmpty ? [] : ["Brought up: \(up.joined(separator: ", "))"]
        return (accounts.joined() + interfaces).map { $0 + "\n" }.joined()
    }

    private static func lines(_ account: RestoredAccount, _ email: String, isDry: Bool) -> [String] {
        let names = account.interfaceNumbers.map(InterfaceName.of).joined(separator: ", ")
        let what = names.isEmpty ? "" : ", with \(names)"
        let rows = account.rows.values.reduce(0, +)
        let first =
            "\(printable(email)): \(isDry ? "would be restored" : "restored")\(what) (\(rows) rows, removed by run "
            + "\(account.runID))"
        let renumbered = account.renumbered.sorted { $0.key < $1.key }.map { old, new in
            "  \(InterfaceName.of(old)) is \(InterfaceName.of(new)) now, because its number belongs to another instance"
        }
        let waiting =
            account.waiting == 0
            ? []
            : [
                "  \(account.waiting) \(account.waiting == 1 ? "row waits" : "rows wait") for another removed account to come back"
            ]
        return [first] + renumbered + account.leftOut.map { "  left out: \(printable($0))" } + waiting
    }
}
