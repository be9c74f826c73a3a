import Journal
import Reconcile
import Removal
import Report
import Support

/// The output of `history`: one paragraph for each removal.
struct HistoryListing {
    let history: AccountHistory

    var text: String {
        guard !history.removals.isEmpty else {
            return "The journal knows of no removal of \(printable(history.email)).\n"
        }
        return history.removals.map(paragraph).joined(separator: "\n")
    }

    private func origin(of removal: AccountHistory.Removal) -> String {
        switch removal.command {
        case .remove: "the accounts named to `remove`"
        case .run where removal.feedPath.isEmpty: "the deferred removals"
        case .run: "\(printable(removal.feedPath))\n  feed SHA-256 \(removal.feedDigest)"
        }
    }

    private func operatorLine(_ runBy: Operator?) -> [String] {
        guard let runBy else { return [] }
        let sudo = runBy.sudoUser.map { ", by sudo of \(printable($0))" } ?? ""
        return ["  started by user \(runBy.userID)\(sudo)"]
    }

    private func paragraph(_ removal: AccountHistory.Removal) -> String {
        let line = removal.line.map { ", line \($0)" } ?? ""
        let account = removal.accountID.map { ", account \(printable($0))" } ?? ""
        let items = removal.removal.items.map { item in
            let peers = item.peersRemoved.map { " with \($0) \($0 == 1 ? "peer" : "peers")" } ?? ""
            return "    \(item.type.rawValue) \(printable(item.identifier))\(peers)"
        }
        let kept = removal.removal.keptRestricted.map { "  kept restricted: \(printable($0.sentence))" }
        let rows = removal.removal.rows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return
            ([
                "\(removal.removedAt.rfc3339)  \(printable(removal.email))  \(removal.outcome.rawValue)",
                "  by run \(removal.runID), entry \(removal.entry)\(line)\(account) of \(origin(of: removal))",
            ] + operatorLine(removal.runBy) + [
                "  what went:"
            ] + items + ["    rows: " + rows.joined(separator: ", ")] + kept
            + removal.errors.map { "  \(printable($0))" }
            + [
                removal.restoredAt.map { "  restored at \($0.rfc3339)" },
                removal.restorableUntil.map { "  can be restored until \($0.rfc3339)" },
            ].compactMap(\.self))
            .joined(separator: "\n") + "\n"
    }
}
