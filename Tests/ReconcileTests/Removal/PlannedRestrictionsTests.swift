import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

@Suite("A plan says what the removal would keep restricted")
struct PlannedRestrictionsTests {
    private static let (ann, bob) = ("ann@example.com", "bob@example.com")

    /// Ann and Bob in the later edition, with rules, a colleague and API keys that hang on one of them or on both.
    private func withShared(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in
                let (anns, bobs) = (try plane.peers(of: Self.ann), try plane.peers(of: Self.bob))
                try plane.rule(sources: anns)
                try plane.rule(sources: bobs, destinations: anns)
                try plane.rule(destinations: anns + bobs)
                try plane.rule(sources: anns, sourceIP: "10.0.0.1")
                for (key, name, isEnabled, instances) in [
                    (7, "of ann", true, [Self.ann]), (8, "of both", true, [Self.ann, Self.bob]),
                    (9, "off", false, [Self.bob]),
                ] {
                    try plane.insert(
                        "api_v2_apikey",
                        [
                            "id": key, "name": name, "token": plane.uuid(), "allow_restart": 1, "allow_reload": 1,
                            "allow_export": 1, "enabled": isEnabled, "uuid": plane.uuid(),
                        ])
                    for instance in instances {
                        try plane.db.execute(
                            sql: """
                                INSERT INTO api_v2_apikey_allowed_instances (apikey_id, wireguardinstance_id)
                                SELECT ?, uuid FROM wireguard_wireguardinstance WHERE name = ?
                                """, arguments: [key, instance])
                    }
                }
                let colleague = try plane.user("carl@example.org")
                let group = try String.fetchAll(
                    plane.db, sql: "SELECT uuid FROM wireguard_peergroup WHERE name = '\(Self.ann)_group'")
                try plane.acl(of: colleague, level: 30, groups: group)
            }
            try body(bench)
        }
    }

    @Test(arguments: [[ann], [bob], [ann, bob], [bob, ann], ["nobody@example.com", ann]])
    func `for each account what the run does then, and writes nothing`(emails: [String]) throws {
        try withShared { bench in
            try bench.write(feed: emails)
            let before = try bench.files()
            let planned = try bench.plan(emails)
            #expect(try bench.files() == before)
            let expected = planned.plan.expectations.map { entry in
                entry.keptRestricted.map { "\($0.type.rawValue) \($0.identifier)" }
            }
            #expect(expected.contains { !$0.isEmpty })

            let finished = try bench.run(emails)
            #expect(expected == emails.indices.map { finished.kept($0 + 1) })
            let rules = expected.joined().count { $0.hasPrefix("firewall_rule") }
            #expect(finished.summary[restricted: .firewallRule] == rules)
            // What is there already was done before.
            #expect(try bench.plan(emails).plan.expectations.allSatisfy { $0.keptRestricted.isEmpty })
        }
    }

    @Test func `in words of what would be`() throws {
        try withShared { bench in
            let planned = try bench.plan([Self.ann])
            var bytes: [UInt8] = []
            try PlanDocument(planned).write { bytes += $0 }
            let document = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            let entry = try #require((document?["entries"] as? [[String: Any]])?.first)
            let kept = try #require(entry["kept_restricted"] as? [[String: String]])
            let types = kept.compactMap { $0["type"] }
            #expect(types.suffix(2) == ["user_acl", "api_key"])
            #expect(types.dropLast(2).allSatisfy { $0 == "firewall_rule" })
            #expect(kept.allSatisfy { $0["what"]?.hasPrefix("would lose ") == true })
            #expect(kept.last?["what"]?.hasSuffix("it is disabled then") == true)
        }
    }

    @Test func `a feed of the same call that goes before has its own`() throws {
        try withShared { bench in
            let inbox = bench.folder + "/inbox"
            try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: false)
            for (index, email) in [Self.ann, Self.bob].enumerated() {
                try bench.write(
                    "email,status\n\(email),cancelled\n", to: inbox + "/\(index).csv",
                    madeAt: UTCTime(seconds: 1_795_000_000 + Int64(index)))
            }
            let plans = try InboxPlan(
                Inbox(inbox, wantsSignatures: false), bench.options { $0.source = .deferred }, .still())
            let names = plans.plans.map { feed -> [String] in
                guard case .success(let planned) = feed.plan else { return ["no plan"] }
                return planned.plan.expectations.flatMap { $0.keptRestricted.map(\.identifier) }
                    .filter { ["of ann", "of both", "off", "carl@example.org"].contains($0) }
            }
            #expect(names == [["carl@example.org", "of ann"], ["of both", "off"]])
        }
    }
}
