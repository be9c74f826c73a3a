import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support

@Suite("A user whom feeds never remove")
struct ProtectedUsersTests {
    @Test(
        "is a superuser, staff, or one with ACL level 50 or more",
        arguments: [
            (true, false, nil, "superuser"), (false, true, nil, "staff"), (false, false, 50, "level 50"),
            (false, false, 51, "level 51"), (true, true, 50, "superuser"), (false, false, 49, nil),
            (false, false, 0, nil), (false, false, nil, nil),
        ] as [(Bool, Bool, Int?, String?)])
    func privilege(isSuperuser: Bool, isStaff: Bool, level: Int?, refusal: String?) throws {
        try withBench { bench in
            try bench.work { plane in
                let instance = try plane.instance("boss@example.com")
                try plane.peer(of: instance)
                let user = try plane.user("boss@example.com", isSuperuser: isSuperuser, isStaff: isStaff)
                if let level { try plane.acl(of: user, level: level) }
                try plane.account("ann@example.com")
            }
            let before = try bench.image()
            let planned = try bench.plan(["boss@example.com", "ann@example.com"])
            let finished = try bench.run(["boss@example.com", "ann@example.com"])
            #expect(planned.exitStatus == finished.exitStatus)
            if let refusal {
                #expect(finished.outcomes == [.refused, .removed])
                #expect(finished.results[0].errors.count == 1)
                #expect(finished.results[0].errors.first?.contains(refusal) == true)
                #expect(finished.exitStatus == .attentionNeeded)
                #expect(try bench.count("wireguard_peer") == 1)
                #expect(try bench.count("auth_user") == 1)
                #expect(
                    !(try bench.image().changes(since: before).contains {
                        $0.contains("boss@example.com") && !$0.contains("wg_reconcile_attention")
                    }))
            } else {
                #expect(finished.outcomes == [.removed, .removed])
                #expect(try bench.count("auth_user") == 0)
            }
        }
    }

    @Test("protects all that carries the email, also beside a second user who is nobody")
    func oneOfTwo() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.user("ann@example.com", isSuperuser: true)
            }
            let before = try bench.image()
            #expect(try bench.run(["ann@example.com"]).outcomes == [.refused])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }

    @Test(
        "is also one who was promoted after the plan was made",
        arguments: [
            "UPDATE auth_user SET is_superuser = 1 WHERE email = 'ann@example.com'",
            "UPDATE auth_user SET is_staff = 1 WHERE email = 'ann@example.com'",
            "UPDATE user_manager_useracl SET user_level = 50",
        ])
    func promotedMeanwhile(sql: String) throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            let finished = try bench.run(
                ["ann@example.com"],
                in: .still(observe: { event in
                    if case .finished(.plan, _) = event { #expect(throws: Never.self) { try bench.execute(sql) } }
                }))
            #expect(finished.outcomes == [.refused])
            #expect(try bench.count("wireguard_wireguardinstance") == 1)
            #expect(try bench.count("django_session") == 1)
        }
    }
}
