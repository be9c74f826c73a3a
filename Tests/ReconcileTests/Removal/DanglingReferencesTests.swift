import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report

@Suite("References that dangled before the run")
struct DanglingReferencesTests {
    private static let nobody = "ffffffffffffffffffffffffffffffff"

    @Test("are named by table and row, and keep no account from going")
    func named() throws {
        try withBench { bench in
            try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                for number in 0..<7 {
                    try plane.insert(
                        "wireguard_peergroup_peer",
                        ["id": 100 + number, "peergroup_id": ann.group, "peer_id": String(format: number)])
                }
                try plane.db.execute(
                    sql: "INSERT INTO auth_user_groups (id, user_id, group_id) VALUES (9, \(ann.user), 77)")
            }
            let expected = [
                "1 row of auth_user_groups refers to a missing row of auth_group (rowid 9)",
                "7 rows of wireguard_peergroup_peer refer to missing rows of wireguard_peer "
                    + "(rowids 100, 101, 102, 103, 104, …)",
            ]
            #expect(try bench.plan(["ann@example.com"]).plan.danglingReferences == expected)
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.record.danglingReferences == expected)
            #expect(finished.outcomes == [.removed])
            #expect(try bench.image().danglingRows == 0)
        }
    }

    @Test("do not hide one that a removal would leave")
    func hideNothing() throws {
        try withBench { bench in
            try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                // Deleting these would count a violation down, for one that a trigger below has counted up before.
                for number in 0..<5 {
                    try plane.insert(
                        "wireguard_peergroup_peer", ["peergroup_id": ann.group, "peer_id": String(format: number)])
                    try plane.insert(
                        "user_manager_useracl_peer_groups",
                        ["useracl_id": ann.acl, "peergroup_id": String(format: number)])
                }
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER leave AFTER DELETE ON wireguard_peer BEGIN
                            INSERT INTO vpn_invite_peerinvite
                                (invite_password, invite_expiration, uuid, created, updated, peer_id)
                            VALUES ('', '', '', '', '', OLD.uuid);
                        END
                        """)
                try plane.account("bob@example.com", peers: 0)
            }
            let before = try bench.image()
            let finished = try bench.run(["ann@example.com", "bob@example.com"])
            #expect(finished.outcomes == [.failed, .removed])
            #expect(finished.results[0].errors.first?.contains("dangling") == true)
            #expect(try bench.image().danglingRows == before.danglingRows)
            #expect(try bench.count("wireguard_peer") == 1)
            #expect(try bench.count("vpn_invite_peerinvite") == 0)
        }
    }
}

extension String {
    /// 32 hex digits for a row that is not there.
    fileprivate init(format number: Int) { self = String(repeating: "f", count: 31) + "\(number)" }
}
