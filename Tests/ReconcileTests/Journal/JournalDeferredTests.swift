import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

@Suite("Removals that are put off")
struct JournalDeferredTests {
    private static let evening = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    /// A bench with three accounts, and a clock that starts on the evening of 23 November.
    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in for name in ["ann", "bob", "cat"] { try plane.account("\(name)@example.com") } }
            try body(bench)
        }
    }

    /// Runs a feed of `email,status,effective_at` that is made as it is run, `hours` after the evening; without rows, none.
    @discardableResult
    private func run(
        _ bench: Bench, after hours: Int64, _ rows: String?, madeAfter made: Int64? = nil,
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> FinishedRun {
        let time = Self.evening.adding(seconds: hours * 3_600)
        if let rows {
            try bench.write(
                "email,status,effective_at,account_id,subscription_id,reason\n" + rows,
                madeAt: Self.evening.adding(seconds: (made ?? hours) * 3_600))
        }
        let options = bench.options { options in
            if rows == nil { options.source = .deferred }
            change(&options)
        }
        return try Reconciliation(options, .still(at: time)).run()
    }

    private func kept(_ bench: Bench) throws -> [String] {
        try DeferredList(inDatabaseAt: bench.database, busyTimeout: 5, now: Self.evening).removals.map {
            "\($0.email) \($0.effectiveAt?.text ?? "")"
        }
    }

    private static let ann = "ann@example.com,cancelled,2026-11-25,,,\n"

    @Test(
        "are kept, and carried out by the first run after their date, with a feed or without one",
        arguments: [true, false])
    func carriedOut(hasFeed: Bool) throws {
        try withAccounts { bench in
            let first = try run(
                bench, after: 0, "ann@Example.com,Cancelled,2026-11-25,7,sub/1,\"too slow, she says\"\n")
            #expect(first.outcomes == [.skipped] && first.record.putOff == 1 && first.exitStatus == .success)
            #expect(try kept(bench) == ["ann@Example.com 2026-11-25"])

            let early = try run(bench, after: 29, hasFeed ? "bob@example.com,active,,,,\n" : nil)
            #expect(early.summary.deferredEntries == 0)
            let second = try run(bench, after: 30, hasFeed ? "bob@example.com,active,,,,\n" : nil)
            let count = hasFeed ? 1 : 0
            #expect(second.outcomes.dropFirst(count) == [.removed])
            let entry = second.results[count].entry
            #expect(entry.number == count + 1 && entry.line == nil)
            #expect(
                entry.email == "ann@Example.com" && entry.status == "Cancelled"
                    && entry.effectiveAt?.text == "2026-11-25")
            #expect(entry.accountID == .text("7") && entry.subscriptionID == .text("sub/1"))
            #expect(entry.reason == .text("too slow, she says"))
            #expect(entry.deferral == .init(runID: first.record.id, entry: 1, feedTime: Self.evening))
            #expect(second.summary[.removed] == 0 && second.summary[deferred: .removed] == 1)
            #expect(second.summary.entries == count)
            #expect(try kept(bench) == [] && bench.count("wg_reconcile_deferred") == 0)
            #expect(try bench.count("auth_user") == 2)
        }
    }

    @Test("are shown by a plan, and not carried out")
    func plan() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            try bench.write("email,status\nbob@example.com,active\n", madeAt: Self.evening.adding(seconds: 172_800))
            let before = try bench.files()
            let planned = try Reconciliation(bench.options(), .still(at: Self.evening.adding(seconds: 172_800))).plan()
            #expect(planned.plan.targets.count == 1)
            #expect(try bench.files() == before)
        }
    }

    @Test(
        "are withdrawn by whatever a later feed says of the account",
        arguments: [
            "ann@example.com,active,,,,\n", "ann@example.com,active,2099-01-01,,s2,\n",
            "ann@EXAMPLE.com,terminated,,,,\n",
            "ann@example.com,cancelled,,,,\nann@example.com,active,,,,\n", "ann@example.com,cancelled,soon,,,\n",
        ])
    func overtaken(rows: String) throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            try run(bench, after: 24, rows)
            #expect(try kept(bench) == [])
            #expect(try run(bench, after: 48, "bob@example.com,active,,,,\n").summary.deferredEntries == 0)
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("are not withdrawn by an older feed, nor by one that does not name the account")
    func notOvertaken() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            try run(bench, after: 24, "ann@example.com,active,,,,\n", madeAfter: -1)
            try run(bench, after: 25, "bob@example.com,active,,,,\nAnn@example.com,active,,,,\n")
            #expect(try kept(bench) == ["ann@example.com 2026-11-25"])
        }
    }

    @Test("and an older feed that puts a removal off is not kept where a newer one says that the account stays")
    func olderPutOff() throws {
        try withAccounts { bench in
            try run(bench, after: 0, "ann@example.com,active,,,,\n")
            let old = try run(bench, after: 1, Self.ann, madeAfter: -1)
            #expect(old.outcomes == [.skipped] && old.record.putOff == 0)
            #expect(try kept(bench) == [])
            #expect(try run(bench, after: 72, nil).summary.deferredEntries == 0)
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("give way to a later put-off, and not to an older one")
    func replaced() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            try run(bench, after: 1, "ann@example.com,suspended,2026-11-27,,,\n")
            #expect(try kept(bench) == ["ann@example.com 2026-11-27"])
            try run(bench, after: 2, "ann@example.com,suspended,2026-11-26,,,\n", madeAfter: 0)
            #expect(try kept(bench) == ["ann@example.com 2026-11-27"])
            try run(bench, after: 3, "ann@example.com,cancelled,2026-11-26,,,\n")
            #expect(try kept(bench) == ["ann@example.com 2026-11-26"])
        }
    }

    @Test("are dropped where a later feed that lists everybody no longer names the account")
    func listsEverybody() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann + "bob@example.com,cancelled,2026-11-25,,,\n")
            let everybody = FeedProfiles(other: FeedProfile { $0.listsEverybody = true })
            let second = try run(bench, after: 48, "cat@example.com,active,,,,\n") { $0.profiles = everybody }
            #expect(second.summary.deferredEntries == 0)
            #expect(try kept(bench) == [] && bench.count("auth_user") == 3)
        }
    }

    @Test("are done with once the account was removed meanwhile")
    func removedMeanwhile() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            #expect(try run(bench, after: 1, "ann@example.com,cancelled,,,,\n").outcomes == [.removed])
            #expect(try kept(bench) == [])
            // The account comes back, and nothing is left that would remove it.
            try bench.work { try $0.account("ann@example.com") }
            #expect(try run(bench, after: 72, nil).summary.deferredEntries == 0)
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("are refused where the account was created after the feed")
    func signedUpAgain() throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann)
            try bench.execute(
                "UPDATE auth_user SET date_joined = '2026-11-24 00:00:00' WHERE email = 'ann@example.com'")
            let second = try run(bench, after: 48, nil)
            #expect(second.outcomes == [.refused] && second.exitStatus == .attentionNeeded)
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("of accounts that this database does not have are not kept")
    func unknown() throws {
        try withAccounts { bench in
            let finished = try run(bench, after: 0, "nobody@example.com,cancelled,2026-11-25,,,\n")
            #expect(finished.record.putOff == 0)
            #expect(try kept(bench) == [])
        }
    }

    @Test("of a feed that a guard stopped are not kept")
    func stopped() throws {
        try withAccounts { bench in
            let rows = Self.ann + "bob@example.com,cancelled,,,,\ncat@example.com,cancelled,,,,\n"
            let stopped = try run(bench, after: 0, rows) {
                $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 1, maxShare: 100)
            }
            #expect(stopped.exitStatus == .stoppedByGuard && stopped.record.putOff == 0)
            #expect(try kept(bench) == [])
        }
    }

    @Test("are listed for an operator, the first that is due first, and withdrawn one by one")
    func list() throws {
        try withAccounts { bench in
            try run(
                bench, after: 0, "bob@example.com,suspended,2026-11-26T10:00:00+01:00,7,s,\n" + Self.ann)
            let list = try DeferredList(
                inDatabaseAt: bench.database, busyTimeout: 5, now: Self.evening.adding(seconds: 86_400 + 6 * 3_600))
            #expect(list.removals.map(\.email) == ["ann@example.com", "bob@example.com"])
            #expect(list.removals.map(\.isDue) == [true, false])
            #expect(list.removals[1].effectiveAt?.text == "2026-11-26T09:00:00Z" && list.removals[1].entry == 1)
            let json = try JSONSerialization.jsonObject(with: Data(list.bytes())) as? [[String: Any]]
            #expect(json?.map { $0["email"] as? String } == ["ann@example.com", "bob@example.com"])

            func withdraw(_ email: String) throws {
                try DeferredList.withdraw(
                    email, inDatabaseAt: bench.database, busyTimeout: 5, trust: FileTrust(), now: Self.evening)
            }
            try withdraw("ann@EXAMPLE.com")
            #expect(try kept(bench) == ["bob@example.com 2026-11-26T09:00:00Z"])
            #expect(throws: NothingPutOff.self) { try withdraw("ann@example.com") }
            #expect(throws: NotAnEmail.self) { try withdraw("ann") }
        }
    }

    @Test("are carried out once, also where the run that began with them was cut short", arguments: [0, 1, 2])
    func continued(count: Int) throws {
        try withAccounts { bench in
            try run(bench, after: 0, Self.ann + "bob@example.com,cancelled,2026-11-25,,,\n")
            let done = Shared(0)
            let time = Self.evening.adding(seconds: 48 * 3_600)
            let options = bench.options {
                $0.source = .deferred
                $0.pace = CommitPace(group: .accounts(1), pause: 0)
            }
            let first = try Reconciliation(
                options,
                .still(
                    at: time, isStopRequested: { done.value >= count },
                    observe: { if case .progress(let committed, _) = $0 { done.change { $0 = committed } } })
            ).run()
            #expect(first.summary[deferred: .removed] == count)
            #expect(first.summary[deferred: .unprocessed] == 2 - count)
            #expect((first.exitStatus == .success) == (count == 2))
            let second = try run(bench, after: 49, nil)
            #expect(second.record.continued == (count < 2))
            #expect(second.summary[deferred: .removed] == (count < 2 ? 2 : 0))
            #expect(try kept(bench) == [] && bench.count("auth_user") == 1)
        }
    }
}

@Suite("A feed that is older than what is known")
struct OlderFeedTests {
    private static let evening = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    private func run(
        _ bench: Bench, at hours: Int64, madeAt made: Int64, _ rows: String,
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> FinishedRun {
        try bench.write(
            "email,status,effective_at\n" + rows, madeAt: Self.evening.adding(seconds: made * 3_600))
        return try Reconciliation(bench.options(change), .still(at: Self.evening.adding(seconds: hours * 3_600))).run()
    }

    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in for name in ["ann", "bob"] { try plane.account("\(name)@example.com") } }
            try body(bench)
        }
    }

    @Test(
        "is stopped where it would remove an account of which a newer one says that it stays or goes later",
        arguments: [
            "ann@example.com,active,\n", "ann@example.com,cancelled,2026-12-24\n",
            "ann@EXAMPLE.com,past_due,2026-01-01\n",
        ])
    func stopped(newer: String) throws {
        try withAccounts { bench in
            _ = try run(bench, at: 0, madeAt: 0, newer)
            let old = try run(bench, at: 1, madeAt: -1, "bob@example.com,cancelled,\nann@example.com,cancelled,\n")
            guard
                case .olderThanStatements(let madeAt, let newerAt, 1, "ann@example.com") = (old.failure as? GuardStop)?
                    .reason
            else {
                Issue.record("\(String(describing: old.failure))")
                return
            }
            #expect(madeAt == Self.evening.adding(seconds: -3_600) && newerAt == Self.evening)
            #expect(old.outcomes == [.unprocessed, .unprocessed] && old.exitStatus == .stoppedByGuard)
            #expect(try bench.count("auth_user") == 2)
        }
    }

    @Test("passes where it is allowed, or approved, and is stopped again otherwise")
    func allowed() throws {
        try withAccounts { bench in
            _ = try run(bench, at: 0, madeAt: 0, "ann@example.com,active,\nbob@example.com,active,\n")
            let old = "bob@example.com,cancelled,\n"
            let stop = try run(bench, at: 1, madeAt: -1, old).failure as? GuardStop
            #expect(try run(bench, at: 2, madeAt: -1, old).exitStatus == .stoppedByGuard)
            let approved = try run(bench, at: 3, madeAt: -1, old) { $0.guards.approval = stop?.planDigest }
            #expect(approved.outcomes == [.removed])
            let allowed = try run(bench, at: 4, madeAt: -1, "ann@example.com,cancelled,\n") {
                $0.guards.allowsOlderFeed = true
            }
            #expect(allowed.outcomes == [.removed])
        }
    }

    @Test("passes where it removes nobody, or others")
    func others() throws {
        try withAccounts { bench in
            _ = try run(bench, at: 0, madeAt: 0, "ann@example.com,active,\n")
            #expect(try run(bench, at: 1, madeAt: -1, "bob@example.com,cancelled,\n").outcomes == [.removed])
            #expect(try run(bench, at: 2, madeAt: -1, "ann@example.com,active,\n").exitStatus == .success)
            #expect(try run(bench, at: 3, madeAt: 1, "ann@example.com,cancelled,\n").outcomes == [.removed])
        }
    }

    @Test("stays as old as when its bytes were first processed, whatever its file says")
    func laidDownAgain() throws {
        try withAccounts { bench in
            let monday = "ann@example.com,cancelled,2026-11-24\n"
            #expect(try run(bench, at: 0, madeAt: 0, monday).record.putOff == 1)
            _ = try run(bench, at: 1, madeAt: 1, "ann@example.com,active,\n")
            let again = try run(bench, at: 30, madeAt: 30, monday)
            #expect(again.exitStatus == .stoppedByGuard && again.record.feed.madeAt == Self.evening)
            #expect(try bench.count("auth_user") == 2)
        }
    }

    @Test("is not newer for a clock that is ahead")
    func clockAhead() throws {
        try withAccounts { bench in
            let ahead = try run(bench, at: 0, madeAt: 48, "ann@example.com,active,\n")
            #expect(ahead.record.feed.madeAt == Self.evening)
            #expect(try run(bench, at: 1, madeAt: 1, "ann@example.com,cancelled,\n").outcomes == [.removed])
        }
    }
}
