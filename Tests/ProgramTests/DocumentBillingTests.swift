import Foundation
import Glibc
import Support
import TestSupport
import Testing

/// The code that the article on billing gives to copy, run as it stands there on the reports of real runs.
@Suite("Documents: how billing reads the reports")
struct DocumentBillingTests {
    // MARK: Every outcome

    @Test(arguments: BillingCode.tested)
    func `every account is marked by its outcome`(code: BillingCode) throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv").status == 1)
            var expected: [String: String] = [:]
            for account in try plane.report().accounts {
                guard let id = try plane.accountID(of: account) else { continue }
                let mark =
                    switch account.outcome {
                    case "removed", "partially_removed": "gone"
                    case "skipped", "duplicate": "up"
                    default: "look"
                    }
                if mark != "up" || expected[id] == nil { expected[id] = mark }
            }
            #expect(Set(expected.values) == ["up", "gone", "look"])
            let billing = Billing(plane, code)
            try billing.add(expected.keys + ["other"])
            try billing.read()
            #expect(try billing.marks() == expected.merging(["other": "up"]) { one, _ in one })
        }
    }

    @Test(arguments: BillingCode.tested)
    func `what was absent is gone if a run removed it, and is looked at if none did`(code: BillingCode)
        throws
    {
        try withControlPlane { plane in
            try plane.writeFeed(
                "email,status,account_id\nANNA,cancelled,1\nnobody@example.org,cancelled,2\n", to: "a.csv")
            let billing = Billing(plane, code)
            try billing.add(["1", "2"])
            #expect(try plane.remove(["ANNA"]).status == 0)
            #expect(try plane.program("run", "a.csv").status == 0)
            #expect(try plane.report().outcomes == ["already_absent", "already_absent"])
            try billing.read()
            #expect(try billing.marks() == ["1": "gone", "2": "look"])
        }
    }

    @Test(arguments: BillingCode.tested)
    func `of several hosts, the merged report says whether any has removed it`(code: BillingCode) throws {
        try withControlPlane { one in
            try withControlPlane { two in
                let feed = try one.writeFeed(
                    "email,status,account_id\nANNA,cancelled,1\nnobody@example.org,cancelled,2\n", to: "a.csv")
                #expect(try one.remove(["ANNA"]).status == 0)
                // The other host never had the account.
                #expect(try two.remove(["ANNA"]).status == 0)
                try two.execute("DELETE FROM wg_reconcile_outcome")
                for plane in [one, two] { #expect(try plane.program("run", feed).status == 0) }
                #expect(try two.report().accounts.allSatisfy { $0.earlierRun == nil })

                // Billing has the merged reports alone.
                let reports = [("one", one), ("two", two)].map { "\($0)=\($1.reports)/latest" }
                try FileManager.default.createDirectory(
                    atPath: one.path("fleet"), withIntermediateDirectories: true)
                let merge = try Program.run(["merge"] + reports + ["--report-dir", one.path("fleet/reports")])
                #expect(merge.status == 0, "\(merge.stderr)")
                let billing = Billing(one, code, folder: one.path("fleet"))
                try billing.add(["1", "2"])
                try billing.read()
                #expect(try billing.marks() == ["1": "gone", "2": "look"])
            }
        }
    }

    @Test(arguments: BillingCode.tested)
    func `what a guard stopped is looked at, and is gone once it was approved`(code: BillingCode) throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status,account_id\nANNA,cancelled,1\nBEN,cancelled,2\n", to: "a.csv")
            let billing = Billing(plane, code)
            try billing.add(["1", "2"])
            let guards = ["--max-removals", "1"]
            #expect(try plane.program("run", "a.csv", guards).status == 2)
            try billing.read()
            #expect(try billing.marks() == ["1": "look", "2": "look"])

            usleep(1_100_000)
            let digest = try plane.digestToApprove()
            #expect(try plane.program("run", "a.csv", guards + ["--approve", digest]).status == 0)
            #expect(try plane.runs().count == 1, "the same run, in the same folder")
            try billing.read()
            #expect(try billing.marks() == ["1": "gone", "2": "gone"])
        }
    }

    // MARK: Several reports

    @Test(arguments: BillingCode.tested)
    func `no feed of an inbox is lost`(code: BillingCode) throws {
        try withControlPlane { plane throws in
            let header = "email,status,account_id\n"
            try plane.drop([
                ("a.csv", header + "ANNA,cancelled,1\n"), ("b.csv", header + "BEN,cancelled,2\n"),
                ("c.csv", header + "CLARA,active,3\n"),
            ])
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.runs().count == 3)
            let billing = Billing(plane, code)
            try billing.add(["1", "2", "3"])
            try billing.read()
            #expect(try billing.marks() == ["1": "gone", "2": "gone", "3": "up"])
        }
    }

    @Test(arguments: BillingCode.tested)
    func `a report is read once, so that what billing has changed since stays`(code: BillingCode) throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status,account_id\nANNA,cancelled,1\n", to: "a.csv")
            try plane.writeFeed("email,status,account_id\nBEN,cancelled,2\n", to: "b.csv")
            let billing = Billing(plane, code)
            try billing.add(["1", "2"])
            #expect(try plane.program("run", "a.csv").status == 0)
            try billing.read()
            // The customer has signed up again.
            try billing.execute("UPDATE account SET vpn = 'up' WHERE id = '1'")
            #expect(try plane.program("run", "b.csv").status == 0)
            try billing.read()
            #expect(try billing.marks() == ["1": "up", "2": "gone"])

            // Both have been read, so that their folders may go.
            let first = try #require(try plane.runs().first)
            let old = plane.reports + "/" + first.replacing(#/^\d{8}/#, with: "20200101")
            try FileManager.default.moveItem(atPath: plane.reports + "/" + first, toPath: old)
            try plane.execute("UPDATE wg_reconcile_run SET started_at = '2026-01-01T00:00:00Z'")
            #expect(try plane.program("run", "b.csv", ["--keep-reports", "30"]).status == 0)
            #expect(try !plane.runs().contains { $0.hasPrefix("2020") })
            try billing.read()
            #expect(try billing.marks() == ["1": "up", "2": "gone"])
        }
    }

    @Test(arguments: BillingCode.tested)
    func `a run that was cut short is for later, and is read again once it was continued`(
        code: BillingCode
    ) throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status,account_id\nANNA,cancelled,1\nBEN,cancelled,2\n", to: "a.csv")
            try plane.writeFeed("email,status,account_id\nCLARA,cancelled,3\n", to: "b.csv")
            let billing = Billing(plane, code)
            try billing.add(["1", "2", "3"])
            let run = try plane.start(
                "run", "a.csv", ["--commit-every", "1", "--no-apply"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try run.waitUntilStopped())
            run.send(SIGTERM)
            run.send(SIGCONT)
            _ = try run.end()
            try billing.read()
            #expect(try billing.marks() == ["1": "gone", "2": "later", "3": "up"])

            usleep(1_100_000)
            #expect(try plane.program("run", "b.csv").status == 0)
            #expect(try plane.program("run", "a.csv").status == 0)
            #expect(try plane.report().continued && plane.runs().count == 2)
            try billing.read()
            #expect(try billing.marks() == ["1": "gone", "2": "gone", "3": "gone"])
        }
    }
}

/// The two blocks of code in the article.
enum BillingCode: String, CaseIterable {
    case python, sql

    /// The SQL is for SQLite's own shell.
    static let tested: [BillingCode] =
        (try? Tool("sqlite3", "--version").status) == 0 ? allCases : allCases.filter { $0 != .sql }

    var text: String {
        get throws {
            let text = try Document(named: "Billing-integration.md").text
            let start = try #require(text.range(of: "```\(rawValue)\n"))
            let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
            return String(text[start.upperBound..<end.lowerBound])
        }
    }
}

/// Billing's database, in a folder that has the reports in `reports`.
struct Billing {
    let plane: ControlPlaneFolder
    let code: BillingCode
    let folder: String

    init(_ plane: ControlPlaneFolder, _ code: BillingCode, folder: String? = nil) {
        (self.plane, self.code, self.folder) = (plane, code, folder ?? plane.folder)
    }

    /// Adds customers, whose accounts are up.
    func add(_ ids: [String]) throws {
        try execute(
            "CREATE TABLE account (id TEXT PRIMARY KEY, vpn TEXT NOT NULL DEFAULT 'up', vpn_run TEXT);"
                + ids.map { "INSERT INTO account (id) VALUES ('\($0)');" }.joined())
    }

    /// Runs the code of the article.
    func read() throws {
        switch code {
        case .python: try run(["python3", "-c", try code.text])
        case .sql: try execute(code.text)
        }
    }

    func execute(_ sql: String) throws { try run(["sqlite3", "-bail", "billing.sqlite3", sql]) }

    func marks() throws -> [String: String] {
        let rows = try run(["sqlite3", "billing.sqlite3", "SELECT id || ' ' || vpn FROM account"])
        return try rows.split(separator: "\n").reduce(into: [:]) { marks, row in
            let parts = row.split(separator: " ")
            marks[String(parts[0])] = String(try #require(parts.last))
        }
    }

    @discardableResult
    private func run(_ command: [String]) throws -> String {
        let end = try ProgramProcess("sh", ["-c", "cd \"$0\" && exec \"$@\"", folder] + command).end()
        #expect(end.status == 0, "\(end.stderr)")
        return end.stdout
    }
}

extension ControlPlaneFolder {
    /// Billing's key of the account; nil where the entry has none.
    fileprivate func accountID(of account: ReportRead.Account) throws -> String? {
        try JSONObject(account.text).members["account_id"] as? String
    }
}
