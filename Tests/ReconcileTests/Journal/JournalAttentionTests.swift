import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support

@Suite("Since when accounts need attention")
struct JournalAttentionTests {
    private static let start = UTCTime(seconds: 1_795_441_471)
    private static let refused = "boss@example.com"

    private func day(_ number: Int64) -> UTCTime { Self.start.adding(seconds: number * 86_400) }

    private func run(_ bench: Bench, day number: Int64, _ feed: String) throws -> FinishedRun {
        try bench.write("email,status\n" + feed, madeAt: day(number))
        return try Reconciliation(bench.options(), .still(at: day(number))).run()
    }

    private func withRefusedAccount(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work {
                try $0.account(Self.refused)
                try $0.account("bob@example.com")
            }
            try bench.execute("UPDATE auth_user SET is_superuser = 1 WHERE email = ?", [Self.refused])
            try body(bench)
        }
    }

    @Test func `it is the first run of those without a break, and only that one has news`() throws {
        try withRefusedAccount { bench in
            let nights = try (0...2).map { try run(bench, day: $0, "\(Self.refused),cancelled\nno-at,cancelled\n") }
            for night in nights {
                #expect(night.results.map(\.outcome) == [.refused, .invalid])
                #expect(night.results.map(\.firstSeen) == [day(0), day(0)])
            }
            #expect(nights.map(\.summary.newlyNeedingAttention) == [2, 0, 0])
            let report = try String(contentsOfFile: nights[2].reportPath + "/report.json", encoding: .utf8)
            #expect(report.contains(#""first_seen":"\#(day(0).rfc3339)""#))
            let table = try String(contentsOfFile: nights[2].reportPath + "/accounts.csv", encoding: .utf8)
            #expect(table.contains(",\(day(0).rfc3339),\n"))
        }
    }

    @Test func `a night in order ends it, and so does a day whose feeds do not name the account`() throws {
        try withRefusedAccount { bench in
            _ = try run(bench, day: 0, "\(Self.refused),cancelled\n")
            _ = try run(bench, day: 1, "\(Self.refused),active\n")
            #expect(try bench.count("wg_reconcile_attention") == 0)
            let again = try run(bench, day: 2, "\(Self.refused),cancelled\n")
            #expect(again.results.map(\.firstSeen) == [day(2)])
            for number in Int64(3)...4 { _ = try run(bench, day: number, "nobody@example.com,cancelled\n") }
            let later = try run(bench, day: 5, "\(Self.refused),cancelled\n")
            #expect(later.results.map(\.firstSeen) == [day(5)] && later.summary.newlyNeedingAttention == 1)
        }
    }

    @Test func `nights without a run are no break, nor are other feeds of the same day`() throws {
        try withRefusedAccount { bench in
            _ = try run(bench, day: 0, "\(Self.refused),cancelled\n")
            _ = try run(bench, day: 0, "nobody@example.com,cancelled\n")
            let later = try run(bench, day: 4, "\(Self.refused),cancelled\n")
            #expect(later.results.map(\.firstSeen) == [day(0)])
        }
    }

    @Test func `what a run did not come to is not taken for news`() throws {
        try withRefusedAccount { bench in
            try bench.write("email,status\n\(Self.refused),cancelled\nbob@example.com,cancelled\n", madeAt: day(0))
            let options = bench.options { $0.guards.massRemoval = .init(maxRemovals: 0, maxShare: 100) }
            let stopped = try Reconciliation(options, .still(at: day(0))).run()
            #expect(stopped.results.map(\.outcome) == [.refused, .unprocessed])
            #expect(stopped.results.map(\.firstSeen) == [day(0), nil])
            #expect(stopped.summary.newlyNeedingAttention == 1)
        }
    }

    @Test func `an entry without an email is known from nowhere`() throws {
        try withRefusedAccount { bench in
            let nights = try (0...1).map { try run(bench, day: $0, ",cancelled\n") }
            #expect(nights.map { $0.results.map(\.firstSeen) } == [[nil], [nil]])
            #expect(nights.map(\.summary.newlyNeedingAttention) == [0, 0])
            // An alert has to fire all the same.
            #expect(nights.map { $0.summary.notKnownBefore[.invalid] } == [1, 1])
        }
    }
}
