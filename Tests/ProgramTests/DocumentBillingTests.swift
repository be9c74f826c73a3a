import Foundation
import TestSupport
import Testing

/// The code that the article on billing gives to copy, run as it stands there on the report of a real run.
@Suite("Documents: how billing reads the report")
struct DocumentBillingTests {
    /// The block of code in the article.
    private func block(_ language: String) throws -> String {
        let text = try Document(named: "Billing-integration.md").text
        let start = try #require(text.range(of: "```\(language)\n"))
        let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// Billing's key of the account; nil where the entry has none.
    private func accountID(of account: ReportRead.Account) throws -> String? {
        try JSONObject(account.text).members["account_id"] as? String
    }

    private static let table =
        "CREATE TABLE account (id TEXT PRIMARY KEY, vpn TEXT NOT NULL DEFAULT 'up', vpn_run TEXT);"

    /// Billing's marks after the code has run in the folder of the control plane.
    private func marks(_ plane: ControlPlaneFolder, _ script: String) throws -> [String: String] {
        let ids = try plane.report().accounts.compactMap(accountID)
        let setUp = Self.table + Set(ids + ["other"]).map { "INSERT INTO account (id) VALUES ('\($0)');" }.joined()
        try plane.write(setUp, to: "setup.sql")
        try plane.write(script, to: "script")
        let python = """
            import json, os, sqlite3, sys
            os.chdir(sys.argv[1])
            billing = sqlite3.connect("billing.sqlite3", isolation_level=None)
            billing.executescript(open("setup.sql").read())
            script = open("script").read()
            if sys.argv[2] == "sql":
                billing.create_function("readfile", 1, lambda path: open(path, "rb").read())
                billing.executescript(script)
            else:
                exec(script, {})
            rows = list(billing.execute("SELECT id, vpn, vpn_run FROM account"))
            run = json.load(open("reports/latest/report.json"))["run"]["id"]
            assert all((name == "other") == (by is None) and by in (None, run) for name, _, by in rows), rows
            print(json.dumps({name: mark for name, mark, _ in rows}))
            """
        let language = script.contains("import json") ? "python" : "sql"
        let result = try ProgramProcess("python3", ["-c", python, plane.folder, language]).end()
        #expect(result.status == 0, "\(result.stderr)")
        return try JSONDecoder().decode([String: String].self, from: Data(result.stdout.utf8))
    }

    @Test(arguments: ["python", "sql"])
    func `every account is marked by its outcome`(language: String) throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv").status == 1)
            var expected = ["other": "up"]
            for account in try plane.report().accounts {
                guard let id = try accountID(of: account) else { continue }
                expected[id] =
                    switch account.outcome {
                    case "removed", "partially_removed", "already_absent": "gone"
                    case "skipped", "duplicate": "up"
                    default: "look"
                    }
            }
            #expect(Set(expected.values) == ["up", "gone", "look"])
            #expect(try marks(plane, try block(language)) == expected)
        }
    }

    @Test(arguments: ["python", "sql"])
    func `what a guard stopped is marked for attention`(language: String) throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv", ["--max-removals", "1"]).status == 2)
            #expect(try plane.report().outcomes.contains("unprocessed"))
            let marks = try marks(plane, try block(language))
            #expect(marks.values.contains("look"))
            #expect(!marks.values.contains("gone") && !marks.values.contains("again"))
        }
    }

    @Test(arguments: ["python", "sql"])
    func `what a run did not process is marked for the next one`(language: String) throws {
        try withControlPlane { plane in
            // Files may grow to 256 blocks of 512 bytes: enough for the report, not for the database.
            let limited = "trap '' XFSZ; ulimit -f 256; exec \"$0\" \"$@\""
            let run = [Program.path, "run", plane.path("feed.csv")] + plane.places
            #expect(try ProgramProcess("sh", ["-c", limited] + run).end().status == 74)
            let marks = try marks(plane, try block(language))
            let left = try plane.report().accounts.filter { $0.outcome == "unprocessed" }.compactMap(accountID)
            #expect(!left.isEmpty && left.allSatisfy { marks[$0] == "again" })
        }
    }
}
