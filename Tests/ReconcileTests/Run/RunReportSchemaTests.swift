import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

/// The schema fits the reports that runs really write, and nothing that is another to the member.
@Suite(
    "JSON Schema of the reports of runs",
    .enabled(if: SchemaValidator.obstacle == nil, "\(SchemaValidator.obstacle ?? "")"))
struct RunReportSchemaTests {
    private func expectValid(_ bench: Bench, _ comment: Comment? = nil) throws {
        let report = try String(contentsOfFile: bench.reports + "/latest/report.json", encoding: .utf8)
        #expect(try SchemaValidator.verdicts(on: [report], by: PublishedSchema.report.text) == [nil], comment)
    }

    // MARK: Real runs

    /// A control plane and a feed with which a run meets every outcome but `unprocessed`.
    private func withEveryOutcome(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in
                for name in ["anna", "bert", "carla"] { try plane.account("\(name)@example.com", peers: 2) }
                try plane.user("boss@example.com", isSuperuser: true)
                try plane.instance("alone@example.com")
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER no BEFORE DELETE ON auth_user WHEN OLD.email = 'bert@example.com'
                        BEGIN SELECT RAISE(ABORT, 'no'); END
                        """)
            }
            let feed = """
                email,status,account_id,effective_at,reason,subscription_id
                anna@example.com,cancelled,7,2026-11-01,left,s1
                bert@example.com,cancelled,,2026-11-01T10:00:00.5+01:00,,
                carla@example.com,active,,,,s2
                boss@example.com,cancelled,,,,
                alone@example.com,cancelled,,,,
                nobody@example.com,cancelled,,,,
                anna@EXAMPLE.com,cancelled,,,,
                nonsense,cancelled,,tomorrow,,
                """
            try feed.write(toFile: bench.feed, atomically: false, encoding: .utf8)
            try body(bench)
        }
    }

    private func run(_ bench: Bench, _ change: (inout Reconciliation.Options) -> Void = { _ in }) throws -> FinishedRun
    {
        try Reconciliation(bench.options(change), .still()).run()
    }

    @Test func `a run with every outcome, and the same feed again`() throws {
        try withEveryOutcome { bench in
            let first = try run(bench)
            #expect(Set(first.outcomes) == Set(Outcome.allCases).subtracting([.unprocessed]))
            try expectValid(bench)
            let second = try run(bench)
            #expect(second.results.contains { $0.earlierRemoval != nil })
            try expectValid(bench)
        }
    }

    @Test func `a run that carries out what was put off, with a feed and without one`() throws {
        try withBench { bench in
            try bench.work { plane in for name in ["anna", "bert"] { try plane.account("\(name)@example.com") } }
            let evening = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!
            func run(at time: UTCTime, _ rows: String?) throws -> FinishedRun {
                try rows.map { try bench.write("email,status,effective_at\n" + $0, madeAt: time) }
                let options = bench.options { if rows == nil { $0.source = .deferred } }
                return try Reconciliation(options, .still(at: time)).run()
            }
            let rows = "anna@example.com,cancelled,2026-11-24\nbert@example.com,cancelled,2026-11-25T01:00:00Z\n"
            #expect(try run(at: evening, rows).record.putOff == 2)
            try expectValid(bench)
            let second = try run(at: evening.adding(seconds: 86_400), "carla@example.com,active,\n")
            #expect(second.summary[deferred: .removed] == 1)
            try expectValid(bench)
            let third = try run(at: evening.adding(seconds: 2 * 86_400), nil)
            #expect(third.outcomes == [.removed] && third.record.feed.path == nil)
            try expectValid(bench)
        }
    }

    @Test func `a run that a guard stopped`() throws {
        try withEveryOutcome { bench in
            let stopped = try run(bench) {
                $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 1, maxShare: 100)
            }
            #expect(stopped.record.stop != nil && stopped.outcomes.contains(.unprocessed))
            try expectValid(bench)
        }
    }

    @Test func `a run that was cut short, and its continuation`() throws {
        try withBench { bench in
            let emails = (1...4).map { "user\($0)@example.com" }
            try bench.work { plane in for email in emails { try plane.account(email) } }
            let done = Shared(0)
            let interrupted = Surroundings.still(
                isStopRequested: { done.value >= 2 },
                observe: { if case .progress(let committed, _) = $0 { done.change { $0 = committed } } })
            let first = try bench.run(emails, in: interrupted) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            #expect(first.outcomes.contains(.unprocessed))
            try expectValid(bench)
            #expect(try bench.run(emails).record.continued)
            try expectValid(bench)
        }
    }

    @Test(arguments: ["2025", "2026"])
    func `a run on a control plane of either edition`(edition: String) throws {
        try withBench { bench in
            let folder = Fixtures.path("reference/" + edition)
            try FileManager.default.copyItem(atPath: folder + "/before.sqlite3", toPath: bench.database)
            let identifiers = try JSONDecoder().decode(
                [String].self, from: Data(contentsOf: URL(filePath: folder + "/identifiers.json")))
            // After the accounts of either recording were created, or they count as signed up again.
            let finished = try bench.run(identifiers, in: .still(at: UTCTime(seconds: 1_795_478_400)))
            #expect(finished.summary.instancesRemoved > 0)
            try expectValid(bench)
        }
    }

    @Test func `a report merged of two hosts, one of which was stopped, and of a third that did not report`() throws {
        try withEveryOutcome { one in
            try withEveryOutcome { other in
                _ = try run(one)
                _ = try run(other) { $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 1, maxShare: 100) }
                var options = Merge.Options(
                    reports: try ["vpn1=\(one.reports)/latest", "vpn2=\(other.reports)/latest"].map {
                        try #require(ReportArgument(parsing: $0))
                    }, programVersion: "test")
                options.expected = ["vpn1", "vpn2", "vpn3"]
                options.reportDirectory = one.folder + "/merged"
                let merged = try Merge(options, .still()).perform()
                let path = try #require(merged.reportPath)
                let report = try String(contentsOfFile: path + "/report.json", encoding: .utf8)
                #expect(try SchemaValidator.verdicts(on: [report], by: PublishedSchema.report.text) == [nil])
            }
        }
    }
}
