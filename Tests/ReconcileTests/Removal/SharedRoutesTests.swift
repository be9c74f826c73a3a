import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

@Suite("Peers that only the networks of other instances limit")
struct SharedRoutesTests {
    private static let (ann, carl) = ("ann@example.com", "carl@example.com")

    /// Bob's peer may reach the networks of all instances, and the network of its own instance lies behind it.
    private static let limit = """
        INSERT INTO routing_templates_routingtemplate
            (default_template, name, route_type, allow_peer_custom_routes, uuid, created, updated,
            wireguard_instance_id, enforce_route_policy)
        SELECT 0, 'all', 'peer_all_instances', 0, 'bobs template', '', '', uuid, 1
        FROM wireguard_wireguardinstance WHERE name = 'bob@example.com';
        UPDATE wireguard_peer SET routing_template_id = (
            SELECT id FROM routing_templates_routingtemplate WHERE name = 'all')
        WHERE wireguard_instance_id = (SELECT uuid FROM wireguard_wireguardinstance WHERE name = 'bob@example.com');
        """

    private func withPeople(isLimited: Bool = true, _ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in _ = try plane.account(Self.carl) }
            let bobsPeer = try #require(try bench.work { try $0.peers(of: "bob@example.com") }.first)
            try bench.work { try $0.allowedIP("10.0.2.0", 24, priority: 1, of: bobsPeer) }
            if isLimited { try bench.execute(Self.limit) }
            try body(bench)
        }
    }

    @Test func `the account whose networks are the last ones stays, in the plan as in the run`() throws {
        try withPeople { bench in
            let planned = try bench.plan([Self.ann, Self.carl]).plan.expectations.map(\.result.outcome)
            #expect(planned.last == .refused && planned.first != .refused)
            let run = try bench.run([Self.ann, Self.carl])
            #expect(run.outcomes == [.removed, .refused])
            let why = run.results[1].errors.first ?? ""
            #expect(why.contains("the peer \"device\" of the instance \"bob@example.com\""), "\(why)")
            #expect(try bench.run([Self.carl]).outcomes == [.refused])
        }
    }

    @Test func `so it does where the template came since the plan`() throws {
        try withPeople(isLimited: false) { bench in
            let run = try bench.run(
                [Self.ann, Self.carl],
                in: .still(observe: { event in
                    guard case .finished(.plan, _) = event else { return }
                    #expect(throws: Never.self) { try bench.execute(Self.limit) }
                }))
            #expect(run.outcomes == [.removed, .refused])
        }
    }

    @Test(arguments: [
        "UPDATE routing_templates_routingtemplate SET custom_routes = '10.9.0.0/16'",
        "UPDATE routing_templates_routingtemplate SET custom_routes = '2001:db8::/32'",
        "UPDATE routing_templates_routingtemplate SET enforce_route_policy = 0",
        "UPDATE wireguard_peerallowedip SET netmask = 25 WHERE netmask = 24",
    ])
    func `a peer that has another route, or is not limited, keeps nobody`(change: String) throws {
        try withPeople { bench in
            try bench.execute(change)
            #expect(try bench.run([Self.ann, Self.carl]).outcomes == [.removed, .removed])
        }
    }
}
