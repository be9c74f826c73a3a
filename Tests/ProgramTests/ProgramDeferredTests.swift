import Foundation
import Glibc
import Support
import Testing

/// A removal that is not yet due is kept in the journal, and carried out by the first run after its time.
@Suite("Program: removals that are put off")
struct ProgramDeferredTests {
    private static let header = "account_id,email,status,effective_at\n"

    // MARK: From one night to the next

    /// The only one of these tests that waits for the time.
    @Test func `due in a few seconds: the next night's run carries it out`() throws {
        // On a busy machine the first night may end too late; then the next try has more time.
        #expect(try [10, 60, 300].contains { try isCarriedOut(dueIn: $0) })
    }

    /// - Returns: whether the first night was over before the removal was due, so that the test counts.
    private func isCarriedOut(dueIn seconds: Int64) throws -> Bool {
        var isInTime = false
        try withControlPlane { plane throws in
            let due = UTCTime(seconds: Int64(Date().timeIntervalSince1970) + seconds)
            try plane.drop([("monday.csv", Self.header + "c1,ANNA,cancelled,\(due.rfc3339)\n")])
            let monday = try plane.runInbox(["--summary"])
            isInTime = Int64(Date().timeIntervalSince1970) < due.seconds
            guard isInTime else { return }
            #expect(monday.status == 0)
            #expect(monday.stdout.contains("Deferred: 1 removal, kept until due"))
            let first = try plane.report()
            #expect(first.outcomes == ["skipped"] && first.putOff == 1)
            #expect(try plane.gone() == [])

            while Int64(Date().timeIntervalSince1970) <= due.seconds { usleep(100_000) }
            try plane.drop([("tuesday.csv", Self.header + "c2,BEN,cancelled,\n")])
            let tuesday = try plane.runInbox(["--summary"])
            #expect(tuesday.status == 0)
            #expect(tuesday.stdout.contains("1 deferred removal due now: 1 removed"))
            let second = try plane.report()
            #expect(second.outcomes == ["removed", "removed"])
            #expect(try second.accounts.map(\.email) == [plane.email("BEN"), plane.email("ANNA")])
            #expect(second.accounts[0].deferredFrom == nil)
            let deferral = try #require(second.accounts[1].deferredFrom)
            #expect(deferral.run == first.runID && deferral.entry == 1)
            #expect(try JSONObject(second.accounts[1].text).value("account_id") == "c1")
            #expect(second.summary["entries"] == 1 && second.summary["removed"] == 1)
            #expect(second.deferred["entries"] == 1 && second.deferred["removed"] == 1)
            #expect(try plane.gone() == ["ANNA", "BEN"] && plane.putOff() == [])
        }
        return isInTime
    }

    @Test func `with an empty inbox it is carried out all the same, in a report of its own`() throws {
        try withPutOff { plane, first throws in
            try plane.letRemovalsComeDue()
            #expect(try plane.runInbox().status == 0)
            let report = try plane.report()
            #expect(report.runID != first)
            #expect(report.outcomes == ["removed"] && report.accounts[0].deferredFrom?.run == first)
            #expect(report.summary["entries"] == 0 && report.deferred["removed"] == 1)
            let run = try JSONObject(Data(plane.read("reports/latest/report.json").utf8)).object("run")
            #expect(try run.object("feed").members["sha256"] is NSNull)
            #expect(try plane.gone() == ["ANNA"])

            #expect(try plane.runInbox().status == 0)
            #expect(try plane.report().runID == report.runID, "nothing is left to do, and there is no report of that")
        }
    }

    @Test func `plan shows it, and neither plan nor remove nor regenerate carries it out`() throws {
        try withPutOff { plane, first throws in
            try plane.letRemovalsComeDue()
            let before = try plane.fingerprint()
            let plan = try Program.run(["plan", "--inbox", plane.inbox, "--json"] + plane.places)
            #expect(plan.status == 0)
            let documents = try JSONSerialization.jsonObject(with: Data(plan.stdout.utf8)) as? [[String: Any]]
            let entries = documents?.only?["entries"] as? [[String: Any]]
            #expect(entries?.only?["expected_outcome"] as? String == "removed")
            #expect((entries?.only?["deferred_from"] as? [String: Any])?["run"] as? String == first)
            let table = try Program.run(["plan", "--inbox", plane.inbox] + plane.places)
            #expect(table.stdout.contains("Deferred removals that are due:\n"))
            #expect(try plane.fingerprint().changes(since: before) == [])

            #expect(try Program.run(["regenerate"] + plane.configPlaces + ["--no-apply"]).status == 0)
            #expect(try plane.gone() == [] && plane.putOff() == ["ANNA"])
        }
    }

    @Test func `of several feeds the last one's report has it`() throws {
        try withPutOff { plane, _ throws in
            try plane.letRemovalsComeDue()
            try plane.drop([
                ("a.csv", Self.header + "c2,BEN,cancelled,\n"), ("b.csv", Self.header + "c3,CLARA,cancelled,\n"),
            ])
            #expect(try plane.runInbox().status == 0)
            let reports = try plane.allReports().suffix(2).sorted { $0.accounts.count < $1.accounts.count }
            #expect(reports.map(\.outcomes) == [["removed"], ["removed", "removed"]])
            #expect(try reports[1].accounts.map(\.email) == [plane.email("CLARA"), plane.email("ANNA")])
        }
    }

    // MARK: What keeps it from being carried out

    /// What a later feed says, and whether ANNA's removal is still kept after it.
    @Test(arguments: [
        ("c1,ANNA,active,\n", 0, false), ("c1,ANNA,unheard-of,\n", 1, false),
        ("c1,ANNA,cancelled,AGO\nc1,ANNA,active,\n", 1, false), ("c1,ANNA,cancelled,2099-01-01\n", 0, true),
        ("c2,BEN,active,\n", 0, true),
    ])
    func `a later feed that says anything else of the account overtakes it`(
        row: String, status: Int32, isKept: Bool
    ) throws {
        try withPutOff { plane, _ throws in
            try plane.writeFeed(Self.header + row, to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == status)
            #expect(try plane.putOff() == (isKept ? ["ANNA"] : []))
            if row.contains("2099") { #expect(try Self.listed(plane).first?.value("effective_at") == "2099-01-01") }
            try plane.letRemovalsComeDue()
            try plane.writeFeed(Self.header + "c3,CLARA,cancelled,\n", to: "wednesday.csv")
            #expect(try plane.program("run", "wednesday.csv", ["--no-apply"]).status == 0)
            #expect(try plane.gone() == (isKept ? ["ANNA", "CLARA"] : ["CLARA"]))
        }
    }

    @Test func `the same feed that takes it back is enough, also on the day itself`() throws {
        try withPutOff { plane, _ throws in
            try plane.letRemovalsComeDue()
            try plane.writeFeed(Self.header + "c1,ANNA,active,\n", to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == 0)
            #expect(try plane.report().outcomes == ["skipped"])
            #expect(try plane.gone() == [] && plane.putOff() == [])
        }
    }

    @Test(arguments: [true, false])
    func `a feed that lists everybody and no longer names it drops it`(listsEverybody: Bool) throws {
        try withPutOff { plane, _ throws in
            try plane.letRemovalsComeDue()
            try plane.writeFeed(Self.header + "c2,BEN,active,\n", to: "tuesday.csv")
            let options = ["--no-apply"] + (listsEverybody ? ["--lists-everybody"] : [])
            #expect(try plane.program("run", "tuesday.csv", options).status == 0)
            #expect(try plane.gone() == (listsEverybody ? [] : ["ANNA"]))
            #expect(try plane.putOff() == [])
        }
    }

    @Test func `an account that signed up again before it was due is refused`() throws {
        try withPutOff { plane, _ throws in
            let email = try plane.email("ANNA")
            let halfAnHourAgo = UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 1_800).rfc3339
            try plane.execute(
                "UPDATE wireguard_wireguardinstance SET created = replace(replace(?, 'T', ' '), 'Z', '') WHERE name = ?",
                [halfAnHourAgo, email])
            try plane.letRemovalsComeDue()
            try plane.writeFeed(Self.header + "c2,BEN,cancelled,\n", to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == 1)
            let report = try plane.report()
            #expect(report.outcomes == ["removed", "refused"])
            #expect(
                report.accounts[1].errors.only?.hasPrefix("signed up again") == true, "\(report.accounts[1].errors)")
            #expect(try plane.gone() == ["BEN"])
        }
    }

    @Test func `an account that was removed meanwhile is not looked for again`() throws {
        try withPutOff { plane, _ throws in
            try plane.writeFeed(Self.header + "c1,ANNA,deletion_requested,\n", to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == 0)
            #expect(try plane.gone() == ["ANNA"] && Self.listed(plane).isEmpty)
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.runs().count == 2, "no third report")
        }
    }

    @Test func `a feed that a guard stops puts nothing off`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(Self.header + "c1,ANNA,cancelled,TOMORROW\nc2,BEN,cancelled,\n", to: "monday.csv")
            #expect(try plane.program("run", "monday.csv", ["--max-removals", "0"]).status == 2)
            #expect(try plane.putOff() == [])
            #expect(try plane.program("run", "monday.csv").status == 0)
            #expect(try plane.putOff() == ["ANNA"])
        }
    }

    // MARK: The list

    @Test func `deferred lists what is kept`() throws {
        try withPutOff { plane, first throws in
            let email = try plane.email("ANNA")
            let before = try plane.fingerprint()
            let waiting = try Self.deferred(plane)
            #expect(waiting.status == 0)
            let line = "\(email)  waits  deferred by run \(first), entry 1\n"
            #expect(waiting.stdout.contains(line), "\(waiting.stdout)")
            let item = try #require(try Self.listed(plane).only)
            #expect(try item.value("email") == email)
            #expect(try item.value("account_id") == "c1")
            #expect(try item.value("status") == "cancelled")
            #expect(try item.value("run") == first)
            #expect(try item.value("entry") == 1)
            #expect(try item.value("due") == false)
            #expect(try plane.fingerprint().changes(since: before) == [])

            try plane.letRemovalsComeDue()
            #expect(try Self.deferred(plane).stdout.contains("\(email)  due  deferred"))
            #expect(try Self.listed(plane).only?.value("due") == true)
        }
    }

    @Test func `deferred --withdraw drops one`() throws {
        try withPutOff { plane, _ throws in
            let email = try plane.email("ANNA")
            let withdrawn = try Self.deferred(plane, ["--withdraw", email])
            #expect(withdrawn.status == 0)
            #expect(withdrawn.stdout == "The removal of \(email) is withdrawn.\n")
            #expect(try Self.deferred(plane).stdout == "There are no deferred removals.\n")
            let again = try Self.deferred(plane, ["--withdraw", email])
            #expect(again.status == 1)
            #expect(again.stderr.contains("there is no deferred removal of this account"))
            #expect(try Self.deferred(plane, ["--withdraw", "anna"]).status != 0)
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.gone() == [])
        }
    }

    @Test func `where nothing was ever journaled, the list is empty and nothing is touched`() throws {
        try withControlPlane { plane throws in
            let before = try plane.fingerprint()
            #expect(try Self.deferred(plane).stdout == "There are no deferred removals.\n")
            #expect(
                try JSONSerialization.jsonObject(with: Data(Self.deferred(plane, ["--json"]).stdout.utf8)) as? [Int]
                    == [])
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    // MARK: Interrupted

    /// The run is killed when everything is removed and nothing is reported.
    @Test(arguments: ["the same feed", "another feed", "no feed"])
    func `one that a killed run carried out is reported by the next`(night: String) throws {
        try withPutOff { plane, first throws in
            try plane.letRemovalsComeDue()
            if night != "no feed" { try plane.drop([("tuesday.csv", Self.header + "c2,BEN,cancelled,\n")]) }
            let process = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "configs-done"])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            #expect(try process.end().ending == .signal(SIGKILL))
            #expect(try plane.gone() == (night == "no feed" ? ["ANNA"] : ["ANNA", "BEN"]))
            #expect(try plane.runs().filter { !$0.hasPrefix(".") } == [first], "no report of it yet")

            if night == "another feed" {
                #expect(unlink(plane.path("inbox/tuesday.csv")) == 0)
                try plane.drop([("wednesday.csv", Self.header + "c3,CLARA,cancelled,\n")])
            }
            #expect(try plane.runInbox().status == 0)
            let report = try plane.report()
            let expected = ["the same feed": ["BEN", "ANNA"], "another feed": ["CLARA", "ANNA"], "no feed": ["ANNA"]]
            #expect(try report.accounts.map(\.email) == expected[night]?.map(plane.email))
            #expect(report.outcomes.allSatisfy { $0 == "removed" })
            #expect(report.accounts.last?.deferredFrom?.run == first)
            #expect(report.deferred["removed"] == 1)

            let reports = try plane.runs().count
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.runs().count == reports, "it is reported once")
        }
    }

    // MARK: Steps

    /// A sample whose inbox is empty, after a run of a feed of an hour ago that put off ANNA's removal until tomorrow.
    private func withPutOff(_ body: (ControlPlaneFolder, _ run: String) throws -> Void) throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            try plane.writeFeed(Self.header + "c1,ANNA,cancelled,TOMORROW\n", to: "monday.csv")
            plane.touch("monday.csv", UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 3_600))
            #expect(try plane.program("run", "monday.csv", ["--no-apply"]).status == 0)
            let report = try plane.report()
            #expect(report.outcomes == ["skipped"] && report.putOff == 1)
            #expect(try plane.putOff() == ["ANNA"] && plane.gone() == [])
            try body(plane, report.runID)
        }
    }

    private static func deferred(_ plane: ControlPlaneFolder, _ options: [String] = []) throws -> ProgramResult {
        try Program.run(["deferred", "--database", plane.database] + options)
    }

    private static func listed(_ plane: ControlPlaneFolder) throws -> [JSONObject] {
        let list = try JSONSerialization.jsonObject(with: Data(deferred(plane, ["--json"]).stdout.utf8))
        return try (list as? [[String: Any]] ?? []).map {
            try JSONObject(JSONSerialization.data(withJSONObject: $0))
        }
    }
}
