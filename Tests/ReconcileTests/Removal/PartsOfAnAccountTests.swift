import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Support

@Suite("What of an account is there decides its outcome")
struct PartsOfAnAccountTests {
    private static let email = "ann@example.com"
    private static let noInstance = "WireGuard instance not found: ann@example.com"
    private static let noUser = "User not found: ann@example.com"

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var parts: Set<String>
        var outcome: Outcome
        var errors: [String]
        var types: [String]
    }

    @Test(
        "and its errors",
        arguments: [
            Case(
                testDescription: "all", parts: ["instance", "group", "user", "acl"], outcome: .removed, errors: [],
                types: ["wireguard_instance", "peer_group", "user_acl", "user"]),
            Case(
                testDescription: "no group", parts: ["instance", "user"], outcome: .removed, errors: [],
                types: ["wireguard_instance", "user"]),
            Case(
                testDescription: "group alone", parts: ["group"], outcome: .partiallyRemoved,
                errors: [noInstance, noUser], types: ["peer_group"]),
            Case(
                testDescription: "user alone", parts: ["user", "acl"], outcome: .partiallyRemoved, errors: [noInstance],
                types: ["user_acl", "user"]),
            Case(
                testDescription: "instance alone", parts: ["instance"], outcome: .partiallyRemoved, errors: [noUser],
                types: ["wireguard_instance"]),
            Case(
                testDescription: "nothing", parts: [], outcome: .alreadyAbsent, errors: [noInstance, noUser], types: []),
        ])
    func parts(_ example: Case) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("other@example.com")
                if example.parts.contains("instance") { try plane.peer(of: plane.instance(Self.email)) }
                if example.parts.contains("group") { try plane.group(Self.email + "_group") }
                if example.parts.contains("user") {
                    let user = try plane.user(Self.email)
                    if example.parts.contains("acl") { try plane.acl(of: user, level: 20) }
                }
            }
            let finished = try bench.run([Self.email])
            #expect(finished.outcomes == [example.outcome])
            #expect(finished.results[0].errors == example.errors)
            #expect(finished.results[0].removal?.items.map(\.type.rawValue) == example.types)
            #expect(finished.exitStatus == .success)
            let response = try #require(try bench.responses()[0])
            #expect(response["status"] as? String == (example.outcome == .removed ? "success" : "partial_success"))
            #expect(response["message"] as? String == "Removal completed for ann@example.com")
            #expect(try bench.count("auth_user") == 1)
            #expect(try bench.count("wireguard_wireguardinstance") == 1)
            #expect(try bench.count("wireguard_peergroup") == 1)
            #expect(try bench.count("wg_reconcile_outcome") == (example.outcome == .alreadyAbsent ? 0 : 1))
        }
    }

    @Test("and all instances, users and their sessions go that carry the name")
    func severalOfAName() throws {
        try withBench { bench in
            let (first, second, users) = try bench.work { plane in
                let first = try plane.instance(Self.email)
                for _ in 0..<3 { try plane.peer(of: first) }
                let second = try plane.instance("ann@EXAMPLE.com")
                try plane.peer(of: second)
                let users = [try plane.user(Self.email), try plane.user("ann@Example.com")]
                for user in users { try plane.session(of: user) }
                try plane.account("other@example.com")
                return (first, second, users)
            }
            let finished = try bench.run([Self.email])
            #expect(finished.outcomes == [.removed])
            let items = try #require(finished.results[0].removal?.items)
            #expect(
                items == [
                    RemovedItem(.instance, first.withHyphens, peersRemoved: 3),
                    RemovedItem(.instance, second.withHyphens, peersRemoved: 1),
                    RemovedItem(.user, Self.email), RemovedItem(.user, "ann@Example.com"),
                ])
            #expect(finished.results[0].removal?.rows["django_session"] == users.count)
            #expect(try bench.count("django_session") == 1)
            #expect(try bench.count("wireguard_peer") == 1)
        }
    }

    @Test("and what crosses accounts goes with the one it leads to, and nothing else of the other")
    func crossing() throws {
        try withBench { bench in
            let before = try bench.work { plane in
                let ann = try plane.account(Self.email)
                let bob = try plane.account("bob@example.com")
                let shared = try plane.group("shared", peers: ann.peers + bob.peers, instances: [ann.instance])
                try plane.insert(
                    "user_manager_useracl_peer_groups", ["useracl_id": bob.acl, "peergroup_id": ann.group])
                try plane.insert("wireguard_peergroup_peer", ["peergroup_id": ann.group, "peer_id": bob.peers[0]])
                try plane.redirect(port: 1, of: bob.instance, to: ann.peers[0])
                try plane.redirect(port: 2, of: ann.instance, to: bob.peers[0])
                try plane.redirect(port: 3, of: bob.instance, to: bob.peers[0])
                try plane.redirect(port: 4, of: nil, to: ann.peers[0])
                return (shared: shared, bob: bob)
            }
            let finished = try bench.run([Self.email])
            #expect(finished.outcomes == [.removed])
            #expect(try bench.strings("SELECT port FROM firewall_redirectrule") == ["3"])
            #expect(finished.results[0].removal?.affectedInterfaceNumbers == [2])
            #expect(
                try bench.strings(
                    "SELECT peer_id FROM wireguard_peergroup_peer WHERE peergroup_id = '\(before.shared)'")
                    == before.bob.peers)
            #expect(
                try bench.strings("SELECT peergroup_id FROM user_manager_useracl_peer_groups") == [before.bob.group])
            #expect(try bench.count("wireguard_peergroup_server_instance") == 1)
            #expect(try bench.count("wireguard_peer") == 1)
            #expect(try bench.image().danglingRows == 0)
        }
    }
}
