import Foundation
import TestSupport

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

/// Reports of runs that never were, for looking at their pages.
enum PageSamples {
    /// Emails that try to be more than text, and how the page shows them.
    static let hostile: [(email: String, shown: String)] = [
        ("<script>window.alarm=1</script>@x", "<script>window.alarm=1</script>@x"),
        ("</script><script>window.alarm=1</script>@x.com", "</script><script>window.alarm=1</script>@x.com"),
        ("<!--<script>@example.com", "<!--<script>@example.com"),
        ("\"><img src=x onerror=window.alarm=1>@x.com", "\"><img src=x onerror=window.alarm=1>@x.com"),
        ("'onmouseover='window.alarm=1@x.com", "'onmouseover='window.alarm=1@x.com"),
        ("&lt;b&gt;@example.com", "&lt;b&gt;@example.com"),
        (#"\u003cb\u003e@example.com"#, #"\u003cb\u003e@example.com"#),
        ("{{script}}@example.com", "{{script}}@example.com"),
        ("line\u{2028}and\u{2029}paragraph@x.com", "line[U+2028]and[U+2029]paragraph@x.com"),
        ("\u{202E}moc.elpmaxe@anna\u{202C}", "[U+202E]moc.elpmaxe@anna[U+202C]"),
        ("nul\u{0}esc\u{1B}[31m@x.com", "nul[U+0000]esc[U+001B][31m@x.com"),
        ("zero\u{200B}width@x.com", "zero[U+200B]width@x.com"),
        ("\u{05E9}\u{05DC}\u{05D5}\u{05DD}@example.com", "\u{05E9}\u{05DC}\u{05D5}\u{05DD}@example.com"),
        (
            String(repeating: "unbroken", count: 29) + "@example.com",
            String(repeating: "unbroken", count: 29) + "@example.com"
        ),
    ]

    /// Every outcome, a tunnel that is still up, and all that is hostile.
    static let night: [AccountResult] = {
        var anna = removedAccount(1, "anna@example.com")
        anna.entry.accountID = .text("acct-0001")
        anna.entry.reason = .text("customer left")
        anna.entry.effectiveAt = EffectiveTime("2026-11-23")
        anna.tunnelDown = true
        anna.removal?.keptRestricted = [
            KeptRestriction(.apiKey, "monitoring", "lost its last instance; it was disabled")
        ]
        anna.leftBehind = [LeftBehind(.staticHost, "nas.example", "leads to 10.0.0.2")]
        var carla = removedAccount(3, "carla@example.com")
        carla.outcome = .partiallyRemoved
        carla.errors = ["a removed key is still on wg7"]
        carla.tunnelDown = false
        let others: [(String, Outcome, String)] = [
            ("bert@example.org", .partiallyRemoved, "User not found: bert@example.org"),
            ("dora@example.com", .alreadyAbsent, "User not found: dora@example.com"),
            ("emil@example.com", .skipped, "status \"active\" does not mean removal"),
            ("anna@EXAMPLE.com", .duplicate, "the same account as line 2"),
            ("admin@example.org", .refused, "the user is a superuser; feeds never remove superusers"),
            ("frida@example.com", .failed, "FOREIGN KEY constraint failed"),
            ("gustav@example.com", .unprocessed, "the run ended before it"),
        ]
        var results = [anna, carla]
        for (email, outcome, error) in others {
            results.append(
                AccountResult(
                    entry: reportEntry(results.count + 2, email), outcome: outcome, errors: [error],
                    removal: outcome == .partiallyRemoved
                        ? RemovalRecord(items: [RemovedItem(.peerGroup, email + "_group")], rows: ["auth_user": 1])
                        : nil))
        }
        for (email, _) in hostile {
            results.append(
                AccountResult(
                    entry: reportEntry(results.count + 2, email), outcome: .invalid,
                    errors: ["no use for \(email)"]))
        }
        return results
    }()

    static let nightRecord: RunRecord = {
        var record = reportRecord()
        record.host = "<i>vpn1</i>"
        record.feed.path = "/feeds/<b>tonight</b>.csv"
        record.danglingReferences = ["3 rows of <u>a</u> refer to missing rows of b"]
        record.configs.errors = ["cannot write wg7.conf: </script><script>window.alarm=1</script>"]
        return record
    }()

    /// A guard stopped the run, and the configs are not whole.
    static let stopped: [AccountResult] = (1...600).map { number in
        AccountResult(
            entry: reportEntry(number, "customer\(number)@example.com"), outcome: .unprocessed,
            errors: ["cannot carry out the plan"])
    }

    static let stoppedRecord: RunRecord = {
        var record = reportRecord(regenerated: false)
        record.stop = RunStop(
            reason:
                "cannot carry out the plan 9ab4: it would remove 600 accounts, more than the 500 of --max-removals; nothing "
                + "was removed",
            advice: "look at `wg-reconcile plan` of this feed; if it is right, run it once with --approve 9ab4",
            exitStatus: .stoppedByGuard)
        record.planned.extent = PlanExtent(
            accounts: 600, instances: 590, recentAccounts: 12, recentInstances: 10, allInstances: 1_000)
        record.planned.firstAccounts = (1...10).map { "customer\($0)@example.com" }
        record.continued = true
        record.configs.firewallProblems = ["firewall_firewallrule 12: no such action"]
        return record
    }()

    static let quiet = (1...3).map { removedAccount($0, "customer\($0)@example.com") }

    static func large(_ count: Int) -> [AccountResult] {
        (0..<count).map { index in
            let digits = String(index)
            return removedAccount(
                index + 1,
                "customer" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + "@example.com")
        }
    }
}

/// The page of a report that was really published.
func publishedPage(_ results: [AccountResult], _ record: RunRecord = reportRecord()) throws -> String {
    let folder = try ScratchFolder()
    try ReportFolder.prepare(in: folder.path + "/reports", runID: reportRunID).publish(record, results)
    return try folder.read("reports/latest/report.html")
}
