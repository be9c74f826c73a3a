import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

/// Half an account that is found, and the other half under another spelling: nobody is removed by halves.
@Suite("The half of an account that is spelled otherwise")
struct NearSpellingGuardTests {
    private func expectRefused(
        _ bench: Bench, _ email: String, _ named: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws {
        let before = try bench.image().withoutJournal
        let finished = try bench.run([email], change)
        #expect(finished.outcomes == [.refused], sourceLocation: sourceLocation)
        #expect(
            finished.results[0].errors.first?.contains(named) == true, "\(finished.results[0].errors)",
            sourceLocation: sourceLocation)
        #expect(try bench.image().withoutJournal.changes(since: before) == [], sourceLocation: sourceLocation)
    }

    @Test(
        "is named, and the account refused",
        arguments: ["Ann@example.com", " ann@example.com", "ann@example.com.", "ann@example.com\n"])
    func halves(other: String) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.instance("ann@example.com")
                try plane.user(other)
            }
            try expectRefused(bench, "ann@example.com", "the user \(other.quotedForMessage(limit: 254))")
        }
        try withBench { bench in
            try bench.work { plane in
                try plane.instance(other)
                try plane.user("ann@example.com")
            }
            try expectRefused(bench, "ann@example.com", "the instance \(other.quotedForMessage(limit: 254))")
        }
    }

    @Test("may be a user without an email whose username is the address")
    func username() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("bob@example.com")
                try plane.instance("ann@example.com")
                let user = try plane.user("")
                try plane.acl(of: user, level: 20)
                try plane.db.execute(
                    sql: "UPDATE auth_user SET username = 'ann@example.com' WHERE id = ?", arguments: [user])
            }
            try expectRefused(bench, "ann@example.com", "whose username is \"ann@example.com\"; --match-usernames")
            let planned = try bench.plan(["ann@example.com"])
            #expect(planned.plan.usersKnownByUsername == 1)
            let matched = try bench.run(["ann@EXAMPLE.com"]) { $0.matchesUsernames = true }
            #expect(matched.outcomes == [.removed] && matched.record.usersKnownByUsername == 1)
            #expect(try bench.strings("SELECT email FROM auth_user") == ["bob@example.com"])
            #expect(try bench.count("user_manager_useracl") == 1)
        }
    }

    @Test("is no user whose username is the address and who has another email")
    func usernameWithEmail() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.instance("ann@example.com")
                let user = try plane.user("other@example.com")
                try plane.db.execute(
                    sql: "UPDATE auth_user SET username = 'ann@example.com' WHERE id = ?", arguments: [user])
            }
            for matches in [false, true] {
                let planned = try bench.plan(["ann@example.com"]) { $0.matchesUsernames = matches }
                #expect(planned.plan.targets.first?.users.isEmpty == true)
            }
            #expect(try bench.run(["ann@example.com"]).outcomes == [.partiallyRemoved])
            #expect(try bench.count("auth_user") == 1)
        }
    }

    @Test("is not taken for the account's by --match-usernames where the username is only near")
    func nearUsername() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.instance("ann@example.com")
                let user = try plane.user("")
                try plane.db.execute(
                    sql: "UPDATE auth_user SET username = 'Ann@example.com' WHERE id = ?", arguments: [user])
            }
            try expectRefused(bench, "ann@example.com", "\"Ann@example.com\"") { $0.matchesUsernames = true }
        }
    }

    @Test("keeps a superuser who has no email from being taken for it", arguments: [true, false])
    func privileged(isSuperuser: Bool) throws {
        try withBench { bench in
            try bench.work { plane in
                let user = try plane.user("", isSuperuser: isSuperuser, isStaff: !isSuperuser)
                try plane.db.execute(
                    sql: "UPDATE auth_user SET username = 'ann@example.com' WHERE id = ?", arguments: [user])
            }
            try expectRefused(bench, "ann@example.com", isSuperuser ? "superuser" : "staff") {
                $0.matchesUsernames = true
            }
        }
    }

    @Test("may be a verified secondary address, and no other")
    func secondaryAddress() throws {
        for (verified, outcome) in [(1, Outcome.refused), (0, .partiallyRemoved)] {
            try withBench { bench in
                try SchemaFixture.fill(bench, .of2025)
                try bench.work { plane in
                    try plane.instance("second@example.com")
                    let bob = try #require(
                        try Int64.fetchOne(plane.db, sql: "SELECT id FROM auth_user WHERE email = 'bob@example.com'"))
                    try plane.insert(
                        "account_emailaddress",
                        ["verified": verified, "primary": 0, "user_id": bob, "email": "Second@example.com"])
                }
                let finished = try bench.run(["second@example.com"])
                #expect(finished.outcomes == [outcome])
                let named = "the verified address \"Second@example.com\" of the user \"bob@example.com\""
                #expect(finished.results[0].errors.contains { $0.contains(named) } == (verified == 1))
                #expect(try bench.count("auth_user", where: "email = 'bob@example.com'") == 1)
            }
        }
    }

    @Test("does not matter where both halves are there")
    func whole() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.account("Ann@example.com")
                try plane.user("ann@example.com.")
            }
            #expect(try bench.run(["ann@example.com"]).outcomes == [.removed])
            #expect(Set(try bench.strings("SELECT email FROM auth_user")) == ["Ann@example.com", "ann@example.com."])
        }
    }

    @Test("stays, where the journal knows that this very spelling was removed")
    func removedBefore() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            let first = try bench.run(["ann@example.com"])
            try bench.work { try $0.account("Ann@example.com") }
            let second = try bench.run(["ann@example.com"])
            #expect(second.outcomes == [.alreadyAbsent] && second.exitStatus == .success)
            #expect(second.results[0].earlierRemoval?.runID == first.record.id)
            #expect(second.results[0].errors.last?.contains("the instance \"Ann@example.com\"") == true)
            #expect(try bench.count("auth_user") == 1)
            // Another spelling was never removed.
            try expectRefused(bench, "ANN@example.com", "\"Ann@example.com\"")
        }
    }
}

@Suite("An account that signed up again")
struct SignedUpAgainTests {
    private static let feedTime = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    @Test(
        "is refused if it was created after the removal took effect, or after the feed, whichever is earlier",
        arguments: [
            // effective_at, when the instance and the user were created, whether the account is refused
            ("", "2026-11-23 18:00:00", false), ("", "2026-11-23 18:00:01", true),
            ("2026-11-20", "2026-11-20 23:59:59", false), ("2026-11-20", "2026-11-21 00:00:01", true),
            ("2026-11-20T10:00:00Z", "2026-11-20 10:00:00", false),
            ("2026-11-20T10:00:00Z", "2026-11-20 10:00:01", true),
            // The day is not over when the feed is made.
            ("2026-11-23", "2026-11-23 17:00:00", false), ("2026-11-23", "2026-11-23 18:00:01", true),
            ("", "", true),
        ])
    func created(effective: String, created: String, isRefused: Bool) throws {
        for table in ["auth_user SET date_joined", "wireguard_wireguardinstance SET created"] {
            try withBench { bench in
                try bench.work { try $0.account("ann@example.com") }
                try bench.execute("UPDATE \(table) = ?", [created])
                try bench.write(
                    "email,status,effective_at\nann@example.com,cancelled,\(effective)\n", madeAt: Self.feedTime)
                let finished = try Reconciliation(
                    bench.options(), .still(at: Self.feedTime.adding(seconds: 7_200))
                ).run()
                #expect(finished.outcomes == [isRefused ? .refused : .removed], "\(table)")
            }
        }
    }

    @Test("is told what came first")
    func message() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            try bench.execute("UPDATE auth_user SET date_joined = '2026-11-22 00:00:00'")
            try bench.write("email,status,effective_at\nann@example.com,cancelled,2026-11-20\n", madeAt: Self.feedTime)
            let error = try Reconciliation(bench.options(), .still(at: Self.feedTime)).run().results[0].errors[0]
            #expect(
                error
                    == "signed up again: the user was created at 2026-11-22T00:00:00Z, after the cancellation took effect at 2026-11-20"
            )
        }
    }
}
