import Foundation
import Glibc
import SamplePlane
import Support
import Testing

/// The job as its operator sees it, night after night.
@Suite("Program: night after night")
struct ProgramNightTests {
    @Test func `sample, plan, run, run again, history`() throws {
        let folder = NSTemporaryDirectory() + "wg-reconcile-night-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sample = try Program.run(["sample", folder, "--accounts", "30"])
        #expect(sample.status == 0)
        #expect(sample.stdout.contains("a database of 30 accounts"))
        let plane = ControlPlaneFolder(folder: folder, inventory: SampleInventory())
        // Under a umask that lets the group write, the program would not take them.
        chmod(plane.path("feed.csv"), 0o600)

        #expect(try plane.program("plan", "feed.csv").status == 1)
        #expect(try plane.program("run", "feed.csv").status == 1)
        let first = try plane.report()
        let gone = first.accounts.filter { $0.outcome.hasSuffix("removed") }
        #expect(gone.count == 3)

        #expect(try plane.program("run", "feed.csv").status == 1)
        let second = try plane.report()
        #expect(second.runID != first.runID && !second.continued)
        for account in gone {
            #expect(second.account(account.email)?.outcome == "already_absent")
            #expect(second.account(account.email)?.earlierRun == first.runID)
            #expect(try !plane.hasInstance(account.email))
        }

        let history = try Program.run(["history", gone[0].email, "--database", plane.database])
        #expect(history.status == 0)
        let line = try #require(gone[0].line)
        let heading = "\(gone[0].email)  \(gone[0].outcome)\n  by run \(first.runID), entry 1, line \(line),"
        #expect(history.stdout.contains(heading))
        #expect(history.stdout.contains("of \(plane.path("feed.csv"))\n  feed SHA-256 "))
        #expect(history.stdout.contains("    wireguard_instance "))
        let nobody = try Program.run(["history", "nobody@example.org", "--database", plane.database])
        #expect(nobody.stdout == "The journal knows of no removal of nobody@example.org.\n")
        #expect(nobody.status == 1)
    }

    @Test func `the three formats of one feed come to the same accounts`() throws {
        let reports = try ["feed.csv", "feed.json", "feed.jsonl"].map { feed in
            var report: ReportRead?
            try withControlPlane { plane in
                let result = try plane.program("run", feed)
                #expect(result.status == 1)
                report = try plane.report()
            }
            return try #require(report)
        }
        // Only the line and the time of the run are others in each.
        let accounts = reports.map { report in
            report.accounts.map { account in
                account.text.replacing(#/"line":(\d+|null)/#, with: "").replacing(#/ on line \d+/#, with: "")
                    .replacing(#/"(first_seen|restorable_until)":"[^"]+"/#, with: "")
            }
        }
        #expect(accounts[0].count == 19)
        #expect(accounts[1] == accounts[0])
        #expect(accounts[2] == accounts[0])
        #expect(reports.map { $0.accounts[0].line } == [2, 3, 1])
    }

    @Test func `what was removed is gone from database and folder, and nothing else`() throws {
        try withControlPlane { plane in
            let before = try Fingerprint(of: plane.wireguard)
            #expect(try plane.program("run", "feed.csv").status == 1)
            let report = try plane.report()
            let ended = plane.inventory.accounts.filter {
                report.account($0.email)?.outcome.hasSuffix("removed") == true
            }
            #expect(ended.count == 6)
            let files = Set(ended.flatMap { $0.instances.map { "wg\($0.number).conf" } })
            let after = try Fingerprint(of: plane.wireguard)
            #expect(Set(before.items.keys).subtracting(after.items.keys) == files)
            let names = Set(try plane.strings("SELECT DISTINCT name FROM wireguard_wireguardinstance"))
            let had = plane.inventory.accounts.filter { !$0.instances.isEmpty }.map(\.email)
            #expect(names.intersection(had) == Set(had).subtracting(ended.map(\.email)))
        }
    }

    @Test func `reports are for their group alone, whatever the umask is`() throws {
        for umask in ["000", "077"] {
            try withControlPlane { plane in
                let run = ["umask \(umask) && exec \"$0\" \"$@\"", Program.path, "run", plane.path("feed.csv")]
                let process = try ProgramProcess("sh", ["-c"] + run + plane.places)
                #expect(try process.end().status == 1)
                let runID = try #require(try plane.runs().only)
                #expect(plane.mode("reports") == 0o750)
                #expect(plane.mode("reports/\(runID)") == 0o750)
                #expect(plane.mode("reports/\(runID)/report.json") == 0o640)
                #expect(plane.mode("reports/\(runID)/accounts.csv") == 0o640)
                #expect(plane.mode("reports/\(runID)/report.html") == 0o640)
                let latest = try FileManager.default.destinationOfSymbolicLink(atPath: plane.path("reports/latest"))
                #expect(latest == runID)
                #expect(plane.mode("db.sqlite3.wg-reconcile.lock") == 0o600)
            }
        }
    }

    @Test func `--keep-reports drops older reports, and nothing else in the folder`() throws {
        try withControlPlane { plane in
            let old = "20200101T000000Z-00000000"
            for name in [old, "2019", "notes"] {
                try FileManager.default.createDirectory(
                    atPath: "\(plane.reports)/\(name)", withIntermediateDirectories: true)
            }
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(plane.exists("reports/" + old), "kept where nothing is said")
            #expect(try plane.read("reports/index.html").contains(old))
            let yesterday = UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 86_400)
            try plane.execute("UPDATE wg_reconcile_run SET started_at = ?", [yesterday.rfc3339])
            #expect(try plane.program("run", "feed.csv", ["--keep-reports", "30"]).status == 1)
            #expect(!plane.exists("reports/" + old))
            #expect(try plane.runs().count == 4, "two runs, and what is no report of ours")
            let index = try plane.read("reports/index.html")
            #expect(!index.contains(old) && index.components(separatedBy: "<tr id=").count == 3)
        }
    }

    @Test func `regenerate mends the configs and touches nothing else`() throws {
        try withControlPlane { plane in
            let configs = try Fingerprint(of: plane.wireguard)
            let database = try Data(contentsOf: URL(filePath: plane.database))
            let name = "wg\(plane.bystanders[0].instances[0].number).conf"
            try plane.write("# spoiled\n", to: "wireguard/" + name)
            try plane.write("# nobody's\n", to: "wireguard/wg9999.conf")

            let result = try Program.run(["regenerate"] + plane.configPlaces)
            #expect(result.status == 0)
            #expect(result.stdout.hasPrefix("1 configs written, "))
            #expect(result.stderr.contains("left alone, for no known instance file=wg9999.conf"))
            let after = try Fingerprint(of: plane.wireguard)
            #expect(after.items[name]?.content == configs.items[name]?.content)
            #expect(plane.mode("wireguard/" + name) == 0o600)
            // Which config an interface came up with, nobody has seen; the next run that sees it will ask.
            #expect(after.names(changedSince: configs) == ["", name, "wg9999.conf", ".wg-interfaces.pending"])
            #expect(try Data(contentsOf: URL(filePath: plane.database)) == database)
            #expect(!plane.exists("reports"))
        }
    }

    @Test func `sample refuses a folder that holds something`() throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let result = try Program.run(["sample", plane.folder])
            #expect(result.status == 64)
            #expect(result.stderr.contains(plane.folder))
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}

/// Accounts that a feed names and that stay all the same.
@Suite("Program: guards of single accounts")
struct ProgramAccountGuardTests {
    private static let createdAt = "2026-03-10T12:00:00Z"

    /// A cancellation by when it took effect, and whether the account, created on 10 March at noon, goes.
    @Test(arguments: [
        ("2026-03-10T11:59:59Z", false), ("2026-03-10T12:00:00Z", true), ("2026-03-10T12:00:01Z", true),
        ("2026-03-10T14:00:00+02:00", true), ("2026-03-09", false), ("2026-03-10", true),
    ])
    func `signed up again after the cancellation`(effectiveAt: String, goes: Bool) throws {
        try withControlPlane { plane in
            let email = try plane.accountCreated(on: "2026-03-10 12:00:00")
            try plane.write("email,status,effective_at\n\(email),cancelled,\(effectiveAt)\n", to: "one.csv")
            try expect(plane, email, "one.csv", goes: goes, "the cancellation took effect at \(effectiveAt)")
        }
    }

    @Test(arguments: [("2026-03-10T11:00:00Z", false), ("2026-03-10T12:00:00Z", true)])
    func `without a date, the time of the feed's file counts`(modified: String, goes: Bool) throws {
        try withControlPlane { plane in
            let email = try plane.accountCreated(on: "2026-03-10 12:00:00")
            try plane.write("email,status\n\(email),cancelled\n", to: "one.csv")
            plane.touch("one.csv", try #require(UTCTime(rfc3339: modified)))
            try expect(plane, email, "one.csv", goes: goes, "the feed was made at \(modified)")
        }
    }

    @Test(arguments: [("2026-03-10T11:00:00Z", false), ("2026-03-10T12:00:00Z", true)])
    func `generated_at counts before the time of the file`(generatedAt: String, goes: Bool) throws {
        try withControlPlane { plane in
            let email = try plane.accountCreated(on: "2026-03-10 12:00:00")
            try plane.write(
                #"{"generated_at":"\#(generatedAt)","accounts":[{"email":"\#(email)","status":"cancelled"}]}"#,
                to: "one.json")
            let modified = goes ? "2026-01-01T00:00:00Z" : "2026-06-01T00:00:00Z"
            plane.touch("one.json", try #require(UTCTime(rfc3339: modified)))
            try expect(plane, email, "one.json", goes: goes, "the feed was made at \(generatedAt)")
        }
    }

    @Test func `a user who is newer than the cancellation protects the account as an instance does`() throws {
        try withControlPlane { plane in
            let email = try plane.accountCreated(on: "2026-03-01 12:00:00")
            try plane.execute("UPDATE auth_user SET date_joined = '2026-03-10 12:00:00' WHERE email = ?", [email])
            try plane.write("email,status,effective_at\n\(email),cancelled,2026-03-09\n", to: "one.csv")
            #expect(try plane.program("run", "one.csv").status == 1)
            let error =
                "signed up again: the user was created at \(Self.createdAt), "
                + "after the cancellation took effect at 2026-03-09"
            #expect(try plane.report().accounts[0].errors == [error])
        }
    }

    private func expect(
        _ plane: ControlPlaneFolder, _ email: String, _ feed: String, goes: Bool, _ after: String
    ) throws {
        let result = try plane.program("run", feed)
        #expect(result.status == (goes ? 0 : 1))
        let account = try plane.report().accounts[0]
        #expect(account.outcome == (goes ? "removed" : "refused"))
        let error =
            "signed up again: the instance was created at \(Self.createdAt), after \(after)"
        #expect(account.errors == (goes ? [] : [error]))
        #expect(try plane.hasInstance(email) == !goes)
        #expect(result.stderr.contains(error) == !goes)
    }

    @Test func `a protected account stays, in whatever case it is spelled`() throws {
        try withControlPlane { plane in
            let emails = plane.bystanders.prefix(3).map(\.email)
            let list = "\u{FEFF}# never\r\n\r\n  \(emails[0].uppercased())  \r\n\(emails[1])"
            try plane.write(list, to: "protect")
            try plane.write("email,status\n" + emails.map { $0 + ",cancelled\n" }.joined(), to: "feed.csv", mode: 0o644)
            let result = try plane.program("run", "feed.csv", ["--protect", plane.path("protect")])
            #expect(result.status == 1)
            let report = try plane.report()
            #expect(report.outcomes == ["refused", "refused", "removed"])
            #expect(report.accounts[0].errors == ["the account is protected: feeds never remove it"])
            #expect(try emails.map(plane.hasInstance) == [true, true, false])
        }
    }
}

extension ControlPlaneFolder {
    /// An account of which everything was made at this time, as the database writes it.
    fileprivate func accountCreated(on time: String) throws -> String {
        let email = bystanders[0].email
        try execute("UPDATE wireguard_wireguardinstance SET created = ? WHERE name = ?", [time, email])
        try execute("UPDATE auth_user SET date_joined = ? WHERE email = ?", [time, email])
        return email
    }
}
