import Feed
import Journal
import Removal
import Report
import Support
import Testing
import WireGuard

@testable import wg_reconcile

@Suite("Terminal: the summary of a run and the table of a plan")
struct TerminalSummaryTests {
    private func record() -> RunRecord {
        var configs = ConfigsRecord()
        configs.regenerated = true
        configs.written = ["wg0.conf"]
        configs.deleted = ["wg7.conf"]
        configs.unchanged = 1_200
        configs.unknown = ["wg99.conf"]
        return RunRecord(
            id: "20261123T180700Z-1a2b3c4d", host: "vpn1", programVersion: "1", startedAt: UTCTime(seconds: 100),
            finishedAt: UTCTime(seconds: 107), continued: false,
            feed: .init(path: "-", format: .csv, bytes: 0, digest: "", generatedAt: nil), configs: configs,
            sessions: .init())
    }

    private func result(_ number: Int, _ email: String, _ outcome: Outcome, _ errors: String...) -> AccountResult {
        AccountResult(
            entry: FeedEntry(number: number, line: number + 1, email: email), outcome: outcome, errors: errors)
    }

    @Test func `it shows what needs attention first, what went, and where the report is`() {
        var removed = result(1, "a@x.com", .removed)
        removed.removal = RemovalRecord(
            items: [RemovedItem(.instance, "u", peersRemoved: 3), RemovedItem(.user, "a@x.com")],
            rows: ["django_session": 2], keptRestricted: [KeptRestriction(.apiKey, "k", "x")])
        var unplaced = result(4, "", .invalid, "email is blank")
        unplaced.entry.line = nil
        let results = [
            removed, result(2, "b@x.com", .alreadyAbsent), result(3, "c\u{1B}[2J@x.com", .refused, "user is superuser"),
            unplaced,
        ]
        let summary = RunSummary(record(), results, reportPath: "/reports/r")
        #expect(
            summary.text(colours: false) == #"""
                Run 20261123T180700Z-1a2b3c4d on vpn1: 4 entries in 7 s

                ! invalid         1
                ! refused         1
                  removed         1
                  already_absent  1

                Removed: 1 instance, 3 peers, 1 user, 2 sessions
                Kept restricted, so that nobody gains access: 1 API key disabled

                Configs: 1 written, 1 deleted, 1,200 unchanged; live interfaces were not touched
                  left alone, for no known instance: wg99.conf

                These need attention:
                  line 4  c\u{1B}[2J@x.com  refused: user is superuser
                  entry 4  (no email)  invalid: email is blank

                Report: /reports/r

                """#)
        #expect(!summary.text(colours: false).contains("\u{1B}"))
        #expect(summary.text(colours: true).contains("\u{1B}[1;31m! refused         1\u{1B}[0m\n"))
    }

    @Test(arguments: [(1, "1 firewall rule went along or blocks"), (2, "2 firewall rules went along or block")])
    func `rules that go along or block are counted`(count: Int, words: String) {
        var removed = result(1, "a@x.com", .removed)
        removed.removal = RemovalRecord(
            keptRestricted: (1...count).map { KeptRestriction(.firewallRule, "r\($0)", "x") })
        let text = RunSummary(record(), [removed], reportPath: "/r").text(colours: false)
        #expect(text.contains("\nKept restricted, so that nobody gains access: \(words) everybody\n"), "\(text)")
    }

    @Test func `of many entries it lists twenty`() {
        let results = (1...32).map { result($0, "u\($0)@x.com", .failed, "why") }
        let text = RunSummary(record(), results, reportPath: nil).text(colours: false)
        #expect(text.contains("u20@x.com") && !text.contains("u21@x.com"))
        #expect(text.contains("  … and 12 more: see the report\n"))
        #expect(text.hasSuffix("There is no report.\n"))
    }

    @Test func `a run that was stopped, and configs that went wrong, are said`() {
        var record = record()
        record.stop = RunStop(reason: "the disk is full", advice: "free some space", exitStatus: .inputOutput)
        record.configs.regenerated = false
        record.configs.errors = ["cannot write wg7.conf: No space left on device"]
        record.danglingReferences = ["3 rows of a refer to missing rows of b"]
        let text = RunSummary(record, [], reportPath: "/r").text(colours: false)
        #expect(text.contains("\nStopped: the disk is full. Try: free some space\n"))
        #expect(text.contains("\n! cannot write wg7.conf: No space left on device\n"))
        #expect(text.contains("\nDangling before the run: 3 rows of a refer to missing rows of b\n"))
        record.configs.errors = []
        #expect(
            RunSummary(record, [], reportPath: "/r").text(colours: false).contains(
                "! not all were regenerated\n"))
    }

    @Test func `tunnels of earlier runs are said`() {
        var record = record()
        record.earlierTunnels = TunnelCounts(up: 1, unseen: 1_200)
        let text = RunSummary(record, [], reportPath: "/r").text(colours: false)
        #expect(text.contains("\n! The tunnel of 1 account of an earlier run is still up: "))
        #expect(text.contains("\n! The tunnels of 1,200 accounts of earlier runs could not be seen: "))
    }

    @Test func `a plan is a table`() {
        let plan = PlanTable(
            rows: [
                .init(entry: 1, line: 2, email: "a@x.com", action: "remove", detail: "wg7 with 3 peers, user"),
                .init(
                    entry: 12, line: nil, email: "a-very-long-name-of-a-customer@department.example.com",
                    action: "refuse", detail: "user is superuser\n"),
                .init(entry: 13, line: 14, email: "b@x.com", action: "skip", detail: ""),
            ], totals: "1 would be removed")
        #expect(
            plan.text() == #"""
                entry  line  email                                     action  detail
                    1     2  a@x.com                                   remove  wg7 with 3 peers, user
                   12        a-very-long-name-of-…artment.example.com  refuse  user is superuser\n
                   13    14  b@x.com                                   skip
                1 would be removed

                """#)
        #expect(plan.text(width: 70).split(separator: "\n").allSatisfy { String($0).columns <= 70 })
    }
}
