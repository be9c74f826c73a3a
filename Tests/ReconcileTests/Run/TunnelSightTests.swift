import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Support

@Suite("What a run says of tunnels that it does not look at")
struct TunnelSightTests {
    private static let ann = "ann@example.com"

    @Test func `an account that was never here has no key that could be left`() throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.account(Self.ann) }
            let finished = try bench.run(["nobody@example.com"])
            #expect(finished.outcomes == [.alreadyAbsent])
            #expect(finished.results[0].tunnelDown == true)
        }
    }

    @Test func `one that an earlier run has removed is unknown until somebody has seen it`() throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.account(Self.ann) }
            for outcome in [Outcome.removed, .alreadyAbsent] {
                let finished = try bench.run([Self.ann])
                #expect(finished.outcomes == [outcome])
                #expect(finished.results[0].tunnelDown == nil)
                #expect(!finished.results[0].isTunnelUnseen && finished.exitStatus == .success)
            }
        }
    }

    @Test func `what an earlier run has removed counts also where something of the account came back`() throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.account(Self.ann) }
            try bench.run([Self.ann])
            try bench.work { plane in _ = try plane.user(Self.ann) }
            let finished = try bench.run([Self.ann, "nobody@example.com"])
            #expect(finished.outcomes == [.partiallyRemoved, .alreadyAbsent])
            #expect(finished.results.map(\.tunnelDown) == [nil, true])
        }
    }

    @Test func `an account without an instance has none`() throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.user(Self.ann) }
            #expect(try bench.run([Self.ann]).results[0].tunnelDown == true)
        }
    }

    @Test func `one that somebody else removed since the plan had keys that nobody noted`() throws {
        try withBench { bench in
            let account = try bench.work { plane in try plane.account(Self.ann) }
            let finished = try bench.run(
                [Self.ann],
                in: .still(observe: { event in
                    guard case .finished(.plan, _) = event else { return }
                    #expect(throws: Never.self) {
                        try bench.execute(
                            "UPDATE wireguard_wireguardinstance SET name = 'other' WHERE uuid = ?", [account.instance])
                        try bench.execute("UPDATE wireguard_peergroup SET name = 'other'")
                        try bench.execute("UPDATE auth_user SET email = 'other@example.com', username = 'other'")
                    }
                }))
            #expect(finished.outcomes == [.alreadyAbsent])
            #expect(finished.results[0].tunnelDown == nil)
        }
    }
}
