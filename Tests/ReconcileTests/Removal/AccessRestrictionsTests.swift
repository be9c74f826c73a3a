import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

@Suite("A colleague who is limited to the peer group of an account that goes")
struct LimitedColleagueTests {
    private static let ann = "ann@example.com"
    private static let bob = "bob@example.com"
    private static let carl = "carl@example.org"

    /// The names of the groups that the user with this email is limited to.
    private func groups(of email: String, _ bench: Bench) throws -> [String] {
        try bench.strings(
            """
            SELECT peergroup.name FROM auth_user AS person
            JOIN user_manager_useracl AS acl ON acl.user_id = person.id
            JOIN user_manager_useracl_peer_groups AS membership ON membership.useracl_id = acl.uuid
            JOIN wireguard_peergroup AS peergroup ON peergroup.uuid = membership.peergroup_id
            WHERE person.email = '\(email)' ORDER BY 1
            """)
    }

    /// A user who may do something with these groups alone.
    @discardableResult
    private func colleague(
        _ plane: SmallControlPlane, _ email: String = carl, level: Int = 30, limitedTo groups: [String]
    ) throws -> Int64 {
        let user = try plane.user(email)
        try plane.acl(of: user, level: level, groups: groups)
        return user
    }

    private func membersOfEmptyGroups(_ bench: Bench) throws -> Int {
        let ours = "peergroup_id IN (SELECT uuid FROM wireguard_peergroup WHERE name = '\(EmptyPeerGroup.name)')"
        return try bench.count("wireguard_peergroup_peer", where: ours)
            + bench.count("wireguard_peergroup_server_instance", where: ours)
    }

    @Test("is given an empty group, and is named", arguments: [1, 30, 50])
    func lastGroup(level: Int) throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(plane, level: level, limitedTo: [plane.account(Self.ann).group])
            }
            let finished = try bench.run([Self.ann])
            #expect(finished.outcomes == [.removed])
            #expect(finished.exitStatus == .success)
            #expect(finished.kept(1) == ["user_acl carl@example.org"])
            #expect(try groups(of: Self.carl, bench) == [EmptyPeerGroup.name])
            #expect(try bench.count("wireguard_peergroup") == 1)
            #expect(try membersOfEmptyGroups(bench) == 0)
            let uuid = try #require(try bench.strings("SELECT uuid FROM wireguard_peergroup").first)
            #expect(uuid.count == 32 && uuid.allSatisfy { $0.isHexDigit && !$0.isUppercase })
            #expect(try bench.image().danglingRows == 0)
        }
    }

    @Test("stands by that in report.json")
    func report() throws {
        try withBench { bench in
            try bench.work { plane in try colleague(plane, limitedTo: [plane.account(Self.ann).group]) }
            let finished = try bench.run([Self.ann])
            let data = try Data(contentsOf: URL(fileURLWithPath: bench.reports + "/latest/report.json"))
            let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let account = try #require((document["accounts"] as? [[String: Any]])?.first)
            let kept = try #require(account["kept_restricted"] as? [[String: String]])
            #expect(kept.map { $0["type"] } == ["user_acl"])
            #expect(kept.map { $0["identifier"] } == [Self.carl])
            #expect(kept.first?["what"]?.contains(EmptyPeerGroup.name) == true)
            #expect(!finished.items(1).contains { $0.contains(Self.carl) })
        }
    }

    @Test("is named by the username where there is no email")
    func username() throws {
        try withBench { bench in
            try bench.work { plane in
                let user = try colleague(plane, "", limitedTo: [plane.account(Self.ann).group])
                try plane.db.execute(sql: "UPDATE auth_user SET username = 'carl' WHERE id = \(user)")
            }
            #expect(try bench.run([Self.ann]).kept(1) == ["user_acl carl"])
        }
    }

    @Test("keeps another group, and gets none")
    func anotherGroup() throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(plane, limitedTo: [plane.account(Self.ann).group, plane.group("office")])
            }
            let finished = try bench.run([Self.ann])
            #expect(finished.kept(1) == [])
            #expect(try groups(of: Self.carl, bench) == ["office"])
            #expect(try bench.count("wireguard_peergroup") == 1)
        }
    }

    @Test("who is limited to nothing stays so")
    func unlimited() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account(Self.ann)
                try colleague(plane, limitedTo: [])
            }
            #expect(try bench.run([Self.ann]).kept(1) == [])
            #expect(try groups(of: Self.carl, bench) == [])
            #expect(try bench.count("wireguard_peergroup") == 0)
        }
    }

    @Test("and whose other group is not there any more has only this one")
    func danglingMembership() throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(
                    plane, limitedTo: [plane.account(Self.ann).group, "0123456789abcdef0123456789abcdef"])
            }
            #expect(try bench.run([Self.ann]).kept(1) == ["user_acl carl@example.org"])
            #expect(try groups(of: Self.carl, bench) == [EmptyPeerGroup.name])
        }
    }

    @Test("and to another's is named at the account that takes the last of them", arguments: [1, 50])
    func twoAccounts(accountsInACommit: Int) throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(plane, limitedTo: [plane.account(Self.ann).group, plane.account(Self.bob).group])
            }
            // In the order of their interfaces, not of the feed.
            let finished = try bench.run([Self.bob, Self.ann]) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(finished.kept(1) == ["user_acl carl@example.org"])
            #expect(finished.kept(2) == [])
            #expect(try groups(of: Self.carl, bench) == [EmptyPeerGroup.name])
        }
    }

    @Test("shares the empty group with others, also with those of later runs")
    func oneGroup() throws {
        try withBench { bench in
            try bench.work { plane in
                let (first, second) = (try plane.account(Self.ann), try plane.account(Self.bob))
                try colleague(plane, limitedTo: [first.group])
                try colleague(plane, "dora@example.org", limitedTo: [first.group])
                try colleague(plane, "emil@example.org", limitedTo: [second.group])
            }
            #expect(
                try bench.run([Self.ann]).kept(1).sorted() == [
                    "user_acl carl@example.org", "user_acl dora@example.org",
                ])
            #expect(try bench.run([Self.bob]).kept(1) == ["user_acl emil@example.org"])
            #expect(try bench.count("wireguard_peergroup") == 1)
            #expect(try bench.count("user_manager_useracl_peer_groups") == 3)
        }
    }

    @Test("is left as is when the feed comes again")
    func again() throws {
        try withBench { bench in
            try bench.work { plane in try colleague(plane, limitedTo: [plane.account(Self.ann).group]) }
            try bench.run([Self.ann])
            let before = try bench.image().withoutJournal
            let finished = try bench.run([Self.ann])
            #expect(finished.outcomes == [.alreadyAbsent])
            #expect(finished.kept(1) == [])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }

    @Test("goes like anybody when the colleague's account goes; the empty group stays")
    func colleagueGoesLater() throws {
        try withBench { bench in
            try bench.work { plane in
                let first = try plane.account(Self.ann)
                try plane.instance(Self.bob)
                try colleague(plane, Self.bob, level: 20, limitedTo: [first.group])
            }
            #expect(try bench.run([Self.ann]).kept(1) == ["user_acl bob@example.com"])
            let finished = try bench.run([Self.bob])
            #expect(finished.outcomes == [.removed])
            #expect(finished.kept(1) == [])
            #expect(finished.results[0].removal?.rows["user_manager_useracl_peer_groups"] == 1)
            #expect(finished.results[0].removal?.rows["wireguard_peergroup"] == nil)
            #expect(try bench.strings("SELECT name FROM wireguard_peergroup") == [EmptyPeerGroup.name])
        }
    }

    @Test("and whose own account goes next is named all the same, as it may yet fail", arguments: [1, 50])
    func colleagueGoesNext(accountsInACommit: Int) throws {
        try withBench { bench in
            try bench.work { plane in
                let first = try plane.account(Self.ann)
                try plane.instance(Self.bob)
                try colleague(plane, Self.bob, level: 20, limitedTo: [first.group])
            }
            let finished = try bench.run([Self.ann, Self.bob]) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(finished.kept(1) == ["user_acl bob@example.com"])
            #expect(finished.results[1].removal?.rows["user_manager_useracl_peer_groups"] == 1)
            #expect(try bench.count("user_manager_useracl_peer_groups") == 0)
            #expect(try bench.strings("SELECT name FROM wireguard_peergroup") == [EmptyPeerGroup.name])
        }
    }

    @Test("and whose own account goes first is nobody to be named", arguments: [1, 50])
    func colleagueGoesFirst(accountsInACommit: Int) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.instance(Self.bob)
                try colleague(plane, Self.bob, level: 20, limitedTo: [plane.account(Self.ann).group])
            }
            let finished = try bench.run([Self.ann, Self.bob]) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(finished.kept(1) + finished.kept(2) == [])
            #expect(try bench.count("wireguard_peergroup") == 0)
        }
    }

    @Test("is named by the rest of a run that was cut short, from the journal")
    func continued() throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(plane, limitedTo: [plane.account(Self.ann).group])
                try plane.account(Self.bob)
            }
            let isCommitted = Shared(false)
            let first = try bench.run(
                [Self.ann, Self.bob],
                in: .still(
                    isStopRequested: { isCommitted.value },
                    observe: { event in
                        if case .checkpoint(.committed) = event { isCommitted.change { $0 = true } }
                    })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            #expect(first.outcomes == [.removed, .unprocessed])
            let second = try bench.run([Self.ann, Self.bob])
            #expect(second.record.continued)
            #expect(second.outcomes == [.removed, .removed])
            #expect(second.kept(1) == ["user_acl carl@example.org"])
            #expect(second.results[0].removal == first.results[0].removal)
        }
    }

    // MARK: Where there is no empty group to give

    enum Content: String, CaseIterable, Sendable { case peer, instance }

    @Test("keeps the account where the group of that name gives access to something", arguments: Content.allCases)
    func notEmpty(content: Content) throws {
        try withBench { bench in
            try bench.work { plane in
                let (first, second) = (try plane.account(Self.ann), try plane.account(Self.bob))
                let staying = try plane.account("dora@example.com")
                try colleague(plane, limitedTo: [first.group, second.group])
                try plane.group(
                    EmptyPeerGroup.name, peers: content == .peer ? staying.peers : [],
                    instances: content == .instance ? [staying.instance] : [])
            }
            let before = try bench.image()
            let emails = [Self.ann, Self.bob]
            #expect(try bench.plan(emails).plan.expectations.map(\.result.outcome) == [.removed, .refused])
            let finished = try bench.run(emails)
            // The first leaves the colleague with the second's group.
            #expect(finished.outcomes == [.removed, .refused])
            #expect(finished.results[1].errors.first?.contains(EmptyPeerGroup.name) == true)
            #expect(try groups(of: Self.carl, bench) == ["bob@example.com_group"])
            #expect(try bench.image().withoutJournal.changes(since: before).allSatisfy { $0.hasPrefix("-") })
        }
    }

    @Test("keeps the account also where that group was filled after the plan")
    func filledMeanwhile() throws {
        try withBench { bench in
            let (first, second) = try bench.work { plane in
                (try plane.account(Self.ann), try plane.account(Self.bob))
            }
            try bench.work { plane in try colleague(plane, limitedTo: [first.group]) }
            let isPlanned = Shared(false)
            let finished = try bench.run(
                [Self.ann, Self.bob],
                in: .still(observe: { event in
                    guard case .finished(.plan, _) = event, !isPlanned.value else { return }
                    isPlanned.change { $0 = true }
                    #expect(throws: Never.self) {
                        try bench.work { plane in
                            try plane.group(EmptyPeerGroup.name, instances: [plane.instance("dora@example.com")])
                        }
                    }
                }))
            #expect(isPlanned.value)
            #expect(finished.outcomes == [.refused, .removed])
            #expect(try groups(of: Self.carl, bench) == ["ann@example.com_group"])
            #expect(try bench.count("auth_user", where: "id = \(second.user)") == 0)
        }
    }

    @Test("gets a group of that name that is there and empty")
    func alreadyThere() throws {
        try withBench { bench in
            let group = try bench.work { plane in
                try colleague(plane, limitedTo: [plane.account(Self.ann).group])
                return try plane.group(EmptyPeerGroup.name)
            }
            #expect(try bench.run([Self.ann]).kept(1) == ["user_acl carl@example.org"])
            #expect(try bench.strings("SELECT uuid FROM wireguard_peergroup") == [group])
            #expect(try bench.strings("SELECT peergroup_id FROM user_manager_useracl_peer_groups") == [group])
        }
    }

    @Test(
        "keeps the account where a trigger lets nobody have one",
        arguments: ["wireguard_peergroup", "user_manager_useracl_peer_groups"])
    func ignored(table: String) throws {
        try withBench { bench in
            try bench.work { plane in
                try colleague(plane, limitedTo: [plane.account(Self.ann).group])
                try plane.db.execute(
                    sql: "CREATE TRIGGER no BEFORE INSERT ON \(table) BEGIN SELECT RAISE(IGNORE); END")
            }
            let before = try bench.image()
            #expect(try bench.run([Self.ann]).outcomes == [.failed])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }
}

@Suite("What else of others an account that goes leaves as it was")
struct LimitedKeyTests {
    private static let ann = "ann@example.com"
    private static let token = "5ec2e7000000000000000000000000ff"

    /// Ann and Bob in the later edition, and an API key for the instances with these names.
    private func withKey(
        for names: [String], isEnabled: Bool = true, _ body: (Bench) throws -> Void
    ) throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in
                try plane.insert(
                    "api_v2_apikey",
                    [
                        "id": 7, "name": "monitoring", "token": Self.token, "allow_restart": 1, "allow_reload": 1,
                        "allow_export": 1, "enabled": isEnabled, "uuid": plane.uuid(),
                    ])
                for name in names {
                    try plane.db.execute(
                        sql: """
                            INSERT INTO api_v2_apikey_allowed_instances (apikey_id, wireguardinstance_id)
                            SELECT 7, uuid FROM wireguard_wireguardinstance WHERE name = '\(name)'
                            """)
                }
            }
            try body(bench)
        }
    }

    private func kept(_ finished: FinishedRun) -> [String] { finished.kept(1).filter { $0.hasPrefix("api_key") } }

    @Test("An API key for its instance alone is disabled, and named, but not by its token")
    func lastInstance() throws {
        try withKey(for: [Self.ann]) { bench in
            let finished = try bench.run([Self.ann])
            #expect(finished.outcomes == [.removed])
            #expect(kept(finished) == ["api_key monitoring"])
            #expect(try bench.count("api_v2_apikey", where: "enabled = 0 AND updated = created") == 1)
            #expect(try bench.count("api_v2_apikey_allowed_instances") == 0)
            let report = try String(contentsOfFile: bench.reports + "/latest/report.json", encoding: .utf8)
            #expect(report.contains("monitoring") && !report.contains(Self.token))
        }
    }

    @Test("An API key for another instance as well stays enabled")
    func anotherInstance() throws {
        try withKey(for: [Self.ann, "bob@example.com"]) { bench in
            let finished = try bench.run([Self.ann])
            #expect(kept(finished) == [])
            #expect(try bench.count("api_v2_apikey", where: "enabled = 1") == 1)
            #expect(try bench.count("api_v2_apikey_allowed_instances") == 1)
        }
    }

    @Test("An API key for both accounts of a feed is named at the second", arguments: [1, 50])
    func twoAccounts(accountsInACommit: Int) throws {
        try withKey(for: [Self.ann, "bob@example.com"]) { bench in
            let finished = try bench.run([Self.ann, "bob@example.com"]) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(kept(finished) == [])
            #expect(finished.kept(2) == ["api_key monitoring"])
            #expect(try bench.count("api_v2_apikey", where: "enabled = 0") == 1)
        }
    }

    @Test("An API key for every instance stays what it is")
    func everyInstance() throws {
        try withKey(for: []) { bench in
            let finished = try bench.run([Self.ann])
            #expect(kept(finished) == [])
            #expect(try bench.count("api_v2_apikey", where: "enabled = 1") == 1)
        }
    }

    @Test("An API key that is disabled already is named, so that nobody enables it as it is")
    func alreadyDisabled() throws {
        try withKey(for: [Self.ann], isEnabled: false) { bench in
            let finished = try bench.run([Self.ann])
            #expect(kept(finished) == ["api_key monitoring"])
            #expect(finished.results[0].removal?.keptRestricted.last?.what.contains("already") == true)
        }
    }

    @Test("An API key that cannot be disabled keeps the account, and no other")
    func noColumn() throws {
        try withKey(for: [Self.ann]) { bench in
            try bench.execute("ALTER TABLE api_v2_apikey DROP COLUMN enabled")
            let emails = [Self.ann, "bob@example.com"]
            #expect(try bench.plan(emails).plan.expectations.map(\.result.outcome) == [.refused, .removed])
            let finished = try bench.run(emails)
            #expect(finished.outcomes == [.refused, .removed])
            #expect(finished.results[0].errors.first?.contains("api_v2_apikey") == true)
            #expect(try bench.count("api_v2_apikey_allowed_instances") == 1)
        }
    }

    @Test("A peer of somebody else that its routing template limits keeps the account")
    func template() throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.execute(
                """
                UPDATE routing_templates_routingtemplate SET route_type = 'custom', custom_routes = '10.9.0.0/16';
                UPDATE wireguard_peer SET routing_template_id = 1;
                """)
            #expect(try bench.plan([Self.ann]).plan.expectations.map(\.result.outcome) == [.refused])
            let finished = try bench.run([Self.ann])
            #expect(finished.outcomes == [.refused])
            #expect(finished.results[0].errors.first?.contains("bob@example.com") == true)
        }
    }

    @Test("A peer of somebody else that its routing template does not limit loses the template")
    func openTemplate() throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.execute("UPDATE wireguard_peer SET routing_template_id = 1")
            #expect(try bench.run([Self.ann]).outcomes == [.removed])
            #expect(try bench.count("wireguard_peer", where: "routing_template_id IS NULL") == 1)
        }
    }
}
