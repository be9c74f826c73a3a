import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

/// The sample's own inventory, made while it was written, and the foreign keys that the database declares say what has
/// to go.
@Suite("Of random accounts in a sample, a run removes everything that is theirs and nothing else")
struct RandomAccountsTests {
    struct Pace: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var pace: CommitPace
    }

    private static let paces = [
        Pace(testDescription: "a commit for each account", pace: CommitPace(group: .accounts(1), pause: 0)),
        Pace(testDescription: "a commit for seven", pace: CommitPace(group: .accounts(7), pause: 110)),
        Pace(testDescription: "as many as 400 ms hold", pace: .standard),
    ]

    private func withSample(
        seed: UInt64, _ body: (Bench, _ inventory: SampleInventory, _ ended: [SampleAccount]) throws -> Void
    ) throws {
        try withBench { bench in
            let sample = SampleControlPlane(
                accounts: 120, sessions: 400, seed: seed, now: UTCTime(seconds: 1_795_441_471))
            let inventory = try sample.write(to: bench.database)
            var random = SplitMix64(seed: seed &* 31)
            let share = random.number(in: 10...70)
            let ended = inventory.accounts.filter { _ in random.number(in: 0...99) < share }.shuffled(using: &random)
            try body(bench, inventory, ended)
        }
    }

    /// A clock that goes on by 90 ms whenever it is looked at.
    private func ticking() -> @Sendable () -> Milliseconds {
        let now = Shared(0.0)
        return {
            now.change {
                $0 += 90
                return $0
            }
        }
    }

    @Test("whatever the accounts are", arguments: 1...6 as ClosedRange<UInt64>, paces)
    func removesExactlyWhatIsTheirs(seed: UInt64, pace: Pace) throws {
        try withSample(seed: seed) { bench, inventory, ended in
            let before = try bench.image()
            let belongings = before.belongings(of: ended, inventory)
            #expect(before.danglingRows == 0)

            let finished = try bench.run(ended.map(\.email), in: .still(uptime: ticking())) { $0.pace = pace.pace }

            let after = try bench.image()
            #expect(after.withoutJournal.changes(since: before.removing(belongings)) == [])
            #expect(after.danglingRows == 0)
            #expect(finished.failure == nil)
            let expected = ended.map { $0.instances.isEmpty || $0.userIDs.isEmpty }
                .map { lacking in lacking ? Outcome.partiallyRemoved : .removed }
            #expect(finished.outcomes == expected)

            var counted: [String: Int] = [:]
            for result in finished.results { counted.merge(result.removal?.rows ?? [:], uniquingKeysWith: +) }
            #expect(counted == belongings.mapValues(\.count).filter { $0.value > 0 })
            #expect(finished.record.sessions.examined == inventory.sessionCount)
            #expect(finished.record.sessions.removed == belongings["django_session"]?.count)
        }
    }

    @Test("and what crosses accounts occurs among them")
    func samplesAreTelling() throws {
        var gone: [String: Int] = [:]
        for seed in 1...6 as ClosedRange<UInt64> {
            try withSample(seed: seed) { bench, inventory, ended in
                let belongings = try bench.image().belongings(of: ended, inventory)
                gone.merge(belongings.mapValues(\.count), uniquingKeysWith: +)
            }
        }
        let telling = [
            "account_emailconfirmation", "auth_user_groups", "auth_user_user_permissions", "django_admin_log",
            "django_session", "firewall_firewallrule", "firewall_firewallrule_destination_peer",
            "firewall_redirectrule", "socialaccount_socialtoken", "user_manager_useracl_peer_groups",
            "vpn_invite_peerinvite", "wireguard_peergroup_server_instance",
        ]
        #expect(telling.filter { gone[$0, default: 0] == 0 } == [])
    }

    @Test("with the same results at every pace", arguments: [11, 12] as [UInt64])
    func paceDoesNotMatter(seed: UInt64) throws {
        var seen: [[RemovalRecord?]] = []
        for pace in Self.paces {
            try withSample(seed: seed) { bench, _, ended in
                let finished = try bench.run(ended.map(\.email), in: .still(uptime: ticking())) { $0.pace = pace.pace }
                seen.append(finished.results.map(\.removal))
            }
        }
        #expect(seen[1] == seen[0])
        #expect(seen[2] == seen[0])
    }

    @Test("and a second run of the feed finds them absent and changes nothing", arguments: [21, 22] as [UInt64])
    func secondRun(seed: UInt64) throws {
        try withSample(seed: seed) { bench, _, ended in
            let first = try bench.run(ended.map(\.email))
            let between = try bench.image()
            let second = try bench.run(ended.map(\.email))

            #expect(second.outcomes == ended.map { _ in .alreadyAbsent })
            #expect(second.exitStatus == .success)
            #expect(second.record.id != first.record.id)
            #expect(second.results.allSatisfy { $0.earlierRemoval?.runID == first.record.id })
            let after = try bench.image()
            #expect(after.changedTables(since: between) == ["wg_reconcile_run"])
            #expect(second.record.configs.written == [])
        }
    }
}
