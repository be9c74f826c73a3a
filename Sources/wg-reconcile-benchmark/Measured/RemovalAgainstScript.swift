import Foundation
import Report
import Support
import WireGuard

/// A run compared with what people would write instead: a script with Python's `sqlite3`. It uses one transaction per
/// account and decodes all sessions for each account, as the application's own endpoint does.
struct RemovalAgainstScript {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(scale.usual)
        let script = try Script.place(PackageResources.remove_accounts_py, as: "remove_accounts.py", in: bench)
        var times = SeriesByName()
        for _ in 0..<bench.rounds {
            let run = try Child.measureStages(try plane.copy(), commitEvery: nil)
            let copy = try plane.copy(withConfigs: false)
            let scripted = try Child.output(
                of: "python3", script, copy.database, copy.feed, "\(scale.scriptedAccounts)")
            times.add([
                "run": (run["removal"] ?? .nan) / Double(scale.usual.accounts), "pauses": run["pauses"] ?? .nan,
                "script": (Double(scripted.trimmingCharacters(in: .whitespacesAndNewlines)) ?? .nan)
                    / Double(scale.scriptedAccounts),
            ])
        }
        var table = Table("Removal against a script in Python, by account", at: scale)
        table.row("wg-reconcile, default commits, pauses excluded", times["run"].asTime, ratio: 1.0.asRatio)
        let ratio = times["script"] / times["run"]
        table.row(
            "the script, one transaction and all sessions for each account", times["script"].asTime,
            ratio: ratio.asRatio, judged: ratio, atLeast: 100)
        table.note(
            "The script was given \(scale.scriptedAccounts) of the \(scale.usual.accounts.grouped) accounts; each takes "
                + "it the same, and all would take \(Int(times["script"] * Double(scale.usual.accounts) / 60_000)) minutes; "
                + "the pauses, \(times["pauses"].asTime) in all, count for neither."
        )
        return table
    }
}
