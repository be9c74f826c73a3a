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

@Suite("What an account leaves behind")
struct LeftBehindTests {
    private static let gateway = "upstream-2026-03-24-09bb86d"
    private static let fork = "fork-2025-10-14-ded07b1"
    private static let ann = "ann@example.com"

    /// Ann, whose instance has 10.1.0.1 and whose peers have 10.1.0.2, the network 192.168.7.0/24 and an IPv6 address; and
    /// Bob with 10.2.0.2.
    private func withAccounts(_ state: String, _ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try StateSchema(state).create(at: bench.database)
            try bench.work { plane in
                let ann = try plane.instance(Self.ann, ["address": "10.1.0.1"])
                let peer = try plane.peer(of: ann, address: "10.1.0.2")
                try plane.allowedIP("192.168.7.0", 24, priority: 1, of: peer)
                try plane.allowedIP("fd00::2", 128, priority: 2, of: peer)
                try plane.allowedIP("0.0.0.0", 0, priority: 3, of: peer)
                try plane.allowedIP("128.0.0.0", 1, priority: 4, of: peer)
                // What her device sends into the tunnel.
                try plane.allowedIP("172.16.0.0", 12, file: "client", of: peer)
                try plane.user(Self.ann)
                let bob = try plane.instance("bob@example.com", ["address": "10.2.0.1"])
                try plane.peer(of: bob, address: "10.2.0.2")
                try plane.user("bob@example.com")
            }
            try body(bench)
        }
    }

    /// A row, and how it is named: `type identifier: what`; nil where it is not Ann's.
    struct Case: Sendable, CustomTestStringConvertible {
        var table: String
        var values: [String: String]
        var named: String?
        var testDescription: String { "\(table) \(values)" }

        init(_ table: String, _ values: [String: String], _ named: String?) {
            (self.table, self.values, self.named) = (table, values, named)
        }
    }

    private static let uuid = "ca83cab232ea45d69179a00a2d80a1d0"
    private static let hyphenated = "ca83cab2-32ea-45d6-9179-a00a2d80a1d0"

    private static let cases = [
        Case(
            "gatekeeper_gatekeeperuser",
            ["username": "a", "email": ann, "password": "!secret", "totp_secret": "secret"],
            "gateway_login a: has the account's email"),
        Case(
            "gatekeeper_gatekeeperuser", ["username": ann],
            "gateway_login \(ann): has the account's email as its username"),
        Case(
            "gatekeeper_gatekeeperuser", ["username": ann, "email": ann],
            "gateway_login \(ann): has the account's email as its username"),
        // The gateway's providers spell an email in their own way.
        Case(
            "gatekeeper_gatekeeperuser", ["username": "a", "email": "ann@EXAMPLE.com"],
            "gateway_login a: has the account's email"),
        Case(
            "gatekeeper_gatekeeperuser", ["username": "a", "email": "Ann@example.com"],
            "gateway_login a: has the account's email"),
        Case("gatekeeper_gatekeeperuser", ["username": "bob", "email": "bob@example.com"], nil),
        Case(
            "gatekeeper_authmethodallowedemail", ["uuid": uuid, "email": ann], "gateway_email \(hyphenated): may log in"
        ),
        Case(
            "gatekeeper_authmethodallowedemail", ["uuid": uuid, "email": "ANN@Example.com"],
            "gateway_email \(hyphenated): may log in"),
        Case("gatekeeper_authmethodallowedemail", ["uuid": uuid, "email": "bob@example.com"], nil),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.2", "prefix_length": "32", "action": "allow"],
            "gateway_address \(hyphenated): allow 10.1.0.2/32"),
        Case(
            "gatekeeper_gatekeeperipaddress", ["uuid": uuid, "address": "fd00::2", "action": "deny"],
            "gateway_address \(hyphenated): deny fd00::2"),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "192.168.7.128", "prefix_length": "25", "action": "allow"],
            "gateway_address \(hyphenated): allow 192.168.7.128/25"),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "203.0.113.9", "action": "allow", "description": ann],
            "gateway_address \(hyphenated): allow 203.0.113.9"),
        // The network of her instance, and a part of it.
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.0", "prefix_length": "24", "action": "allow"],
            "gateway_address \(hyphenated): allow 10.1.0.0/24"),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.64", "prefix_length": "30", "action": "allow"],
            "gateway_address \(hyphenated): allow 10.1.0.64/30"),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.0", "prefix_length": "23", "action": "allow"], nil),
        // A network that holds others' addresses as well.
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.0", "prefix_length": "16", "action": "allow"], nil),
        Case("gatekeeper_gatekeeperipaddress", ["uuid": uuid, "address": "10.2.0.2", "action": "allow"], nil),
        Case("gatekeeper_gatekeeperipaddress", ["uuid": uuid, "address": "172.16.0.9", "action": "allow"], nil),
        Case(
            "dns_statichost", ["hostname": "nas.example", "ip_address": "10.1.0.2"],
            "static_host nas.example: leads to 10.1.0.2"),
        Case(
            "dns_statichost", ["hostname": "gw.example", "ip_address": "10.1.0.1"],
            "static_host gw.example: leads to 10.1.0.1"),
        Case(
            "dns_statichost", ["hostname": "lan.example", "ip_address": "192.168.7.9"],
            "static_host lan.example: leads to 192.168.7.9"),
        Case(
            "dns_statichost", ["hostname": "six.example", "ip_address": "FD00:0::2"],
            "static_host six.example: leads to FD00:0::2"),
        Case("dns_statichost", ["hostname": "nas.example", "ip_address": "10.2.0.2"], nil),
        // Only by a default route, whole or in halves.
        Case("dns_statichost", ["hostname": "www.example", "ip_address": "198.51.100.7"], nil),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": "http://10.1.0.2:3000/x?y=10.2.0.2"],
            "gateway_upstream nas: its upstream leads to 10.1.0.2"),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": "https://me:secret@[fd00::2]:8443"],
            "gateway_upstream nas: its upstream leads to fd00::2"),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": "http://10.1.0.2.:80"],
            "gateway_upstream nas: its upstream leads to 10.1.0.2"),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": "https://[::ffff:10.1.0.2]/"],
            "gateway_upstream nas: its upstream leads to ::ffff:10.1.0.2"),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": "//10.1.0.2"],
            "gateway_upstream nas: its upstream leads to 10.1.0.2"),
        Case(
            "app_gateway_application", ["name": "nas", "upstream": " 10.1.0.2 "],
            "gateway_upstream nas: its upstream leads to 10.1.0.2"),
        Case("app_gateway_application", ["name": "nas", "upstream": "https://[::ffff:10.2.0.2]/"], nil),
        Case("app_gateway_application", ["name": "nas", "upstream": "http://10.2.0.2//10.1.0.2"], nil),
        Case("app_gateway_application", ["name": "nas", "upstream": "http://10.2.0.2/10.1.0.2"], nil),
        Case("app_gateway_application", ["name": "nas", "upstream": "10.2.0.2:80//10.1.0.2"], nil),
        Case("app_gateway_application", ["name": "nas", "upstream": "10.2.0.2?to=//10.1.0.2"], nil),
        Case(
            "gatekeeper_gatekeeperipaddress", ["uuid": uuid, "address": "10.1.0.2 ", "action": "allow"],
            "gateway_address \(hyphenated): allow 10.1.0.2"),
        Case(
            "gatekeeper_gatekeeperipaddress",
            ["uuid": uuid, "address": "10.1.0.2 ", "prefix_length": "32", "action": "allow"],
            "gateway_address \(hyphenated): allow 10.1.0.2/32"),
        Case(
            "dns_statichost", ["hostname": "nas.example", "ip_address": "10.1.0.2 "],
            "static_host nas.example: leads to 10.1.0.2"),
        Case("app_gateway_application", ["name": "nas", "upstream": "http://wireguard-webadmin:8000"], nil),
        Case(
            "api_v2_apikey", ["name": ann, "enabled": "1", "token": "secret"],
            "api_key \(ann): has the account's email as its name; enabled"),
        Case("api_v2_apikey", ["name": "automation", "enabled": "1"], nil),
    ]

    @Test("is named and not touched, and nothing secret of it", arguments: cases)
    func named(row: Case) throws {
        try withAccounts(Self.gateway) { bench in
            try bench.work { plane in
                try plane.fill(row.table, row.values)
            }
            let before = try bench.image().rows[row.table]
            let finished = try bench.run([Self.ann])
            #expect(finished.outcomes == [.removed])
            #expect(finished.left(1) == [row.named].compactMap { $0 })
            #expect(finished.summary.leftBehind == (row.named == nil ? 0 : 1))
            #expect(try bench.image().rows[row.table] == before)
            for name in ["report.json", "report.html", "accounts.csv"] {
                let text = try String(contentsOfFile: bench.reports + "/latest/" + name, encoding: .utf8)
                #expect(!text.contains("secret"), "\(name)")
                if let identifier = row.named?.split(separator: " ")[1].dropLast() {
                    #expect(text.contains(identifier), "\(name)")
                }
            }
        }
    }

    @Test("is found behind the name of a static host, and in an authentication method")
    func indirect() throws {
        try withAccounts(Self.gateway) { bench in
            try bench.work { plane in
                try plane.fill("dns_statichost", ["hostname": "NAS.example", "ip_address": "10.1.0.2"])
                try plane.fill("app_gateway_application", ["name": "nas", "upstream": "nas.example:80"])
                try plane.fill("app_gateway_application", ["name": "nas2", "upstream": "HTTP://NAS.Example.:80//x"])
                try plane.fill("gatekeeper_authmethod", ["id": 7, "name": "oidc"])
                try plane.fill(
                    "gatekeeper_authmethodallowedemail", ["uuid": Self.uuid, "email": Self.ann, "auth_method_id": 7])
            }
            #expect(
                try bench.run([Self.ann]).left(1) == [
                    "gateway_email \(Self.hyphenated): may log in by the method oidc",
                    "gateway_upstream nas: its upstream leads to nas.example",
                    "gateway_upstream nas2: its upstream leads to NAS.Example",
                    "static_host NAS.example: leads to 10.1.0.2",
                ])
        }
    }

    @Test("of the fork: payment tokens, by their email, and the hosts file")
    func fork() throws {
        try withAccounts(Self.fork) { bench in
            try bench.work { plane in
                try plane.insert(
                    "orders_paymenttoken",
                    [
                        "token": "0123456789abcdef0123456789abcdef", "email": Self.ann,
                        "created_at": "2026-01-02 03:04:05",
                        "expires_at": "2026-01-03 00:00:00", "is_used": 0, "user_count": 3, "password": "pass-phrase",
                    ])
            }
            let finished = try bench.run([Self.ann, "bob@example.com"])
            let file = "the application writes it into its DNS folder, where this program does not look"
            #expect(
                finished.left(1) == [
                    "payment_token \(Self.ann): a token of 2026-01-02 03:04:05, not used",
                    "hosts_file peers_wg1.hosts: \(file)",
                ])
            #expect(finished.left(2) == ["hosts_file peers_wg2.hosts: \(file)"])
            let report = try String(contentsOfFile: bench.reports + "/latest/report.json", encoding: .utf8)
            #expect(!report.contains("0123456789abcdef") && !report.contains("pass-phrase"))
            // What became of the files since, nobody has seen.
            #expect(
                try bench.run([Self.ann, "bob@example.com", "x@example.com"]).left(1) == [
                    "payment_token \(Self.ann): a token of 2026-01-02 03:04:05, not used"
                ])
        }
    }

    @Test("is said again while it is there, and no longer of an address that somebody else has")
    func again() throws {
        try withAccounts(Self.gateway) { bench in
            try bench.work { plane in
                try plane.fill("dns_statichost", ["hostname": "nas.example", "ip_address": "10.1.0.2"])
                try plane.fill("dns_statichost", ["hostname": "lan.example", "ip_address": "192.168.7.9"])
                try plane.fill("api_v2_apikey", ["name": Self.ann, "enabled": 1])
            }
            #expect(try bench.run([Self.ann]).left(1)?.count == 3)
            let again = try bench.run([Self.ann, "x@example.com"])
            #expect(again.outcomes == [.alreadyAbsent, .alreadyAbsent])
            #expect(again.left(1)?.count == 3)
            #expect(again.left(2) == [])

            // Her address goes to a new customer, and somebody has taken the key away.
            try bench.work { plane in
                let new = try plane.instance("new@example.com", ["address": "10.1.0.1"])
                try plane.peer(of: new, address: "10.1.0.2")
            }
            try bench.execute("DELETE FROM api_v2_apikey")
            #expect(
                try bench.run([Self.ann, "y@example.com"]).left(1) == ["static_host lan.example: leads to 192.168.7.9"])
        }
    }

    @Test("is found by a run that continues another")
    func continued() throws {
        try withAccounts(Self.gateway) { bench in
            try bench.work { plane in
                try plane.fill("dns_statichost", ["hostname": "nas.example", "ip_address": "10.1.0.2"])
            }
            let done = Shared(0)
            let first = try bench.run(
                [Self.ann, "bob@example.com"],
                in: .still(
                    isStopRequested: { done.value >= 1 },
                    observe: { if case .checkpoint(.committed) = $0 { done.change { $0 += 1 } } })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            try #require(first.outcomes == [.removed, .unprocessed])
            #expect(first.left(1) == ["static_host nas.example: leads to 10.1.0.2"])
            #expect(first.left(2) == nil)
            let second = try bench.run([Self.ann, "bob@example.com"])
            #expect(second.record.continued)
            #expect(second.outcomes == [.removed, .removed])
            #expect(second.left(1) == ["static_host nas.example: leads to 10.1.0.2"])
            #expect(second.left(2) == [])
        }
    }

    @Test("stands in the plan, which says what a run would")
    func plan() throws {
        try withAccounts(Self.gateway) { bench in
            try bench.work { plane in
                try plane.fill("dns_statichost", ["hostname": "nas.example", "ip_address": "10.1.0.2"])
                try plane.fill("api_v2_apikey", ["name": Self.ann, "enabled": 1])
                try plane.fill("dns_statichost", ["hostname": "bob.example", "ip_address": "10.2.0.2"])
            }
            let planned = try bench.plan([Self.ann, "not an email"])
            let expectations = Array(planned.plan.expectations)
            let left = planned.leftBehind(by: expectations[0])
            #expect(left?.map(\.type) == [.staticHost, .apiKey])
            #expect(planned.leftBehind(by: expectations[1]) == nil)
            var document: [UInt8] = []
            try PlanDocument(planned).write { document += $0 }
            let json = try JSONSerialization.jsonObject(with: Data(document)) as? [String: Any]
            let entries = json?["entries"] as? [[String: Any]]
            #expect((entries?[0]["left_behind"] as? [[String: String]])?.first?["identifier"] == "nas.example")
            #expect(entries?[1]["left_behind"] is NSNull)
            #expect(try bench.run([Self.ann, "not an email"]).results[0].leftBehind == left)
        }
    }

    @Test("is nothing where a state of the application has no such tables, and null where nobody was to look")
    func none() throws {
        try withAccounts("upstream-2025-04-11-a58d233") { bench in
            let finished = try bench.run([Self.ann, "ann@example.com", "not an email"])
            #expect(finished.outcomes == [.removed, .duplicate, .invalid])
            #expect(finished.left(1) == [])
            #expect(finished.results.dropFirst().allSatisfy { $0.leftBehind == nil })
        }
    }

    @Test(
        "an upstream's host",
        arguments: [
            ("http://10.0.0.2:3000", "10.0.0.2"), ("10.0.0.2:3000", "10.0.0.2"), ("10.0.0.2", "10.0.0.2"),
            ("https://u:p@10.0.0.2/a@b", "10.0.0.2"), ("http://[fd00::1]:80/", "fd00::1"), ("http://[fd00::1", nil),
            ("http://nas.example?x=://10.0.0.2", "nas.example"), ("http://", nil), ("", nil),
        ])
    func upstreamHost(upstream: String, host: String?) { #expect(UpstreamHost.name(in: upstream) == host) }
}

extension FinishedRun {
    /// What the entry's result names as left behind, as `type identifier: what`; nil where nobody has looked.
    fileprivate func left(_ entry: Int) -> [String]? {
        results[entry - 1].leftBehind?.map { "\($0.type.rawValue) \($0.identifier): \($0.what)" }
    }
}
