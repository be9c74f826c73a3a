import Glibc
import Testing

@testable import Feed
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

// What `wg syncconf` does not apply.
extension LiveInterfacesTests {
    @Test func `an address, routes and commands that changed are named every night until they are applied`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            let before = try network.run([])
            #expect(before.status == 0, "\(before.output)")
            #expect(before.names("not_applied") == [])
            #expect(before.configs["applied"] as? Bool == true)

            try network.bench.execute(
                "UPDATE wireguard_wireguardinstance SET address = '10.78.0.1', post_up = 'true' WHERE instance_id = ?",
                [stays.customer.number])
            let name = stays.customer.interface
            for _ in 1...2 {
                let report = try network.run([])
                // To take a paying customer's interface down for it is for somebody to decide.
                #expect(report.status == 0, "\(report.output)")
                #expect(
                    report.names("not_applied") == [
                        "\(name): Address is \(stays.customer.serverAddress)/24, and 10.78.0.1/24 in its config",
                        "\(name): PreUp, PostUp, Table or DNS are not those that it came up with",
                    ])
                #expect(report.configs["applied"] as? Bool == false)
                #expect((report.configs["note"] as? String)?.hasSuffix("see not_applied") == true)
            }

            try network.restart(stays.customer)
            let after = try network.run([])
            #expect(after.status == 0, "\(after.output)")
            #expect(after.names("not_applied") == [])
            #expect(after.configs["applied"] as? Bool == true)
        }
    }

    @Test func `an MTU that changed is named`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            let arguments = try network.runArguments([]) + ["--netns", network.server, "--mtu", "1300"]
            let report = try LiveReport(network.bench, try network.program(arguments))
            #expect(report.names("not_applied").count == 1, "\(report.names("not_applied"))")
            #expect(report.names("not_applied").first?.hasSuffix(", and 1300 in its config") == true)
            #expect(report.names("not_applied").first?.hasPrefix("\(stays.customer.interface): MTU is ") == true)
        }
    }

    @Test(arguments: ["iptables -A FORWARD -j ACCEPT", "ip route add 10.97.0.0/24 dev %i"])
    func `a route that no peer may use any more is named, whatever else PostUp has added`(command: String) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bench.execute("UPDATE wireguard_wireguardinstance SET post_up = ?", [command])
            try network.bench.work { plane in
                let key = SampleKeyPair.numbered(18).publicKey
                try plane.peer(of: stays.customer.instance, address: "10.98.0.7", ["public_key": key])
            }
            try network.bringUp([stays])
            #expect(try network.run([]).names("not_applied") == [])
            // An address in the instance's own network needs no route.
            try network.bench.execute(
                "UPDATE wireguard_peerallowedip SET allowed_ip = ? WHERE allowed_ip = '10.98.0.7'",
                [stays.customer.serverAddress.dropLast() + "9"])
            let name = stays.customer.interface
            for _ in 1...2 {
                #expect(
                    try network.run([]).names("not_applied") == [
                        "\(name): there still is a route to 10.98.0.7/32, which no peer may use any more"
                    ])
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
        }
    }

    @Test func `a default route is named until wg-quick has given it a table, and then its mark is kept`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            #expect(try network.run([]).names("not_applied") == [])
            try network.bench.work { plane in
                let key = SampleKeyPair.numbered(18).publicKey
                try plane.peer(of: stays.customer.instance, address: "0.0.0.0", ["public_key": key])
            }
            try network.bench.execute("UPDATE wireguard_peerallowedip SET netmask = 0 WHERE allowed_ip = '0.0.0.0'")
            let name = stays.customer.interface
            for _ in 1...2 {
                #expect(
                    try network.run([]).names("not_applied") == [
                        "\(name): there is no route to 0.0.0.0/0, which a peer may use"
                    ])
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
            let mark = try network.shown("fwmark", of: stays.customer)
            #expect(mark.hasPrefix("0x"))
            try Edit.presharedKey.make(for: stays.customer, in: network.bench)
            #expect(try network.run([]).names("interfaces_synced") == [name])
            #expect(try network.shown("fwmark", of: stays.customer) == mark)

            try Tool.need("ip", "-n", network.server, "rule", "delete", "not", "fwmark", "51820", "table", "51820")
            #expect(try network.run([]).names("not_applied").count == 1, "no rule leads to its table")
        }
    }

    /// What happens between two looks of a run, without a look.
    enum Meanwhile: String, CaseIterable {
        case changed, changedThenRestarted, changedRestartedChanged, changedWithAddressThenRestarted

        var sentences: [String] {
            switch self {
            case .changed, .changedRestartedChanged: ["PreUp, PostUp, Table or DNS are not those that it came up with"]
            case .changedThenRestarted: []
            case .changedWithAddressThenRestarted:
                [
                    "PreUp, PostUp, Table or DNS were changed while nobody looked, and it cannot be known whether it "
                        + "came up with them"
                ]
            }
        }

        func happen(to customer: LiveNetwork.Customer, _ network: LiveNetwork) throws {
            func change(_ settings: String) throws {
                try network.bench.execute(
                    "UPDATE wireguard_wireguardinstance SET \(settings) WHERE instance_id = ?", [customer.number])
                try network.program(network.regenerateArguments(["--no-apply"]))
                // Nearer to each other than a second nobody can say which was first.
                usleep(1_200_000)
            }
            try change("post_up = 'true'" + (self == .changedWithAddressThenRestarted ? ", address = '10.78.0.1'" : ""))
            if self == .changed { return }
            try network.restart(customer)
            usleep(1_200_000)
            if self == .changedRestartedChanged { try change("post_up = 'true again'") }
        }
    }

    @Test(arguments: Meanwhile.allCases, [false, true])
    func `a command that was changed while no run looked is missed until the interface came up with it`(
        meanwhile: Meanwhile, wasSeenBefore: Bool
    ) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            if wasSeenBefore { #expect(try network.run([]).names("not_applied") == []) }
            usleep(1_200_000)
            try meanwhile.happen(to: stays.customer, network)
            let sentences = meanwhile.sentences.map { "\(stays.customer.interface): \($0)" }
            for _ in 1...2 {
                let report = try network.run([])
                #expect(report.status == 0, "\(report.output)")
                #expect(report.names("not_applied") == sentences)
                #expect(report.configs["applied"] as? Bool == sentences.isEmpty)
            }
            try network.restart(stays.customer)
            #expect(try network.run([]).names("not_applied") == [])
        }
    }
}

@Suite("Live interfaces: what only wg-quick applies")
struct QuickSettingsTests {
    private func settings(_ lines: String...) -> QuickSettings {
        QuickSettings(Array(("[Interface]\n" + lines.joined(separator: "\n")).utf8))
    }

    private func facts(_ addresses: [String], routes: [String] = [], byHand: [String] = []) -> InterfaceFacts {
        InterfaceFacts(
            index: 7, mtu: 1420, addresses: Set(addresses.compactMap { IPPrefix($0) }),
            routes: Set((routes + byHand).compactMap { IPPrefix($0) }),
            routesOfQuick: Set(byHand.compactMap { IPPrefix($0) }))
    }

    @Test func `addresses are compared as such, whatever their spelling`() {
        let settings = settings("Address = 10.0.0.1/24,fd00::0:1/64 # x", "address=10.1.0.1", "MTU = 1420")
        #expect(settings.differences(from: facts(["10.0.0.1/24", "fd00::1/64", "10.1.0.1/32"])) == [])
        #expect(
            settings.differences(from: facts(["10.0.0.1/25"])).first?.hasPrefix("Address is 10.0.0.1/25, and ") == true)
    }

    @Test func `a route is needed only where none covers the network`() {
        let settings = settings(
            "Address = 10.0.0.1/24", "[Peer]", "AllowedIPs = 10.0.0.2/32, 10.9.0.7/16")
        #expect(
            settings.differences(from: facts(["10.0.0.1/24"], routes: ["10.0.0.0/24"], byHand: ["10.9.0.0/16"])) == [])
        #expect(
            settings.differences(from: facts(["10.0.0.1/24"], routes: ["10.0.0.0/24"])) == [
                "there is no route to 10.9.0.0/16, which a peer may use"
            ])
        #expect(
            settings.differences(
                from: facts(["10.0.0.1/24"], routes: ["10.0.0.0/24"], byHand: ["10.9.0.0/16", "10.8.0.0/16"])) == [
                    "there still is a route to 10.8.0.0/16, which no peer may use any more"
                ])
    }

    @Test(arguments: ["off", "51820"])
    func `with a table of its own there are no routes to look for`(table: String) {
        let settings = settings("Address = 10.0.0.1/24", "Table = \(table)", "[Peer]", "AllowedIPs = 10.9.0.0/16")
        #expect(settings.differences(from: facts(["10.0.0.1/24"], byHand: ["10.8.0.0/16"])) == [])
    }

    @Test func `a default route of each family is needed, and covers what is in it`() {
        let settings = settings(
            "Address = 10.0.0.1/24", "[Peer]", "AllowedIPs = 0.0.0.0/0, ::/0, 10.9.0.0/16")
        #expect(
            settings.differences(from: facts(["10.0.0.1/24"], byHand: ["0.0.0.0/0"])) == [
                "there is no route to ::/0, which a peer may use"
            ])
        #expect(settings.differences(from: facts(["10.0.0.1/24"], byHand: ["0.0.0.0/0", "::/0"])) == [])
    }

    @Test func `what a command may have added is too much only if the config had it before`() {
        let settings = settings("Address = 10.0.0.1/24", "PostUp = ip route add 10.8.0.0/16 dev %i")
        let found = facts(["10.0.0.1/24", "10.5.0.1/24"], byHand: ["10.8.0.0/16", "10.7.0.0/16"])
        #expect(settings.differences(from: found) == [])
        let former = Set(["10.7.0.0/16", "10.5.0.1/24"].compactMap { IPPrefix($0) })
        #expect(
            settings.differences(from: found, former: former) == [
                "Address is 10.0.0.1/24, 10.5.0.1/24, and 10.0.0.1/24 in its config",
                "there still is a route to 10.7.0.0/16, which no peer may use any more",
            ])
    }

    @Test(arguments: [
        ("iptables -A FORWARD -i %i -j ACCEPT; ip6tables -t nat -A POSTROUTING -j MASQUERADE", false),
        ("/usr/sbin/nft -f /etc/nft.conf && tc qdisc add dev %i root fq ; sysctl -q -w net.ipv4.ip_forward=1", false),
        ("echo 1 > /proc/sys/net/ipv4/ip_forward; ", false),
        ("/etc/wireguard/wg-firewall.sh ; /etc/wireguard/wg7_bandwidth.sh", false),
        ("ip route add 10.8.0.0/16 dev %i", true),
        ("iptables -A FORWARD -j ACCEPT; /usr/local/bin/up %i", true),
        ("iptables -A FORWARD -o $(/usr/local/bin/up) -j ACCEPT", true),
    ])
    func `of a command that is not known, nobody knows what it adds`(commands: String, mayAddRoutes: Bool) {
        #expect(settings("PostUp = " + commands).mayAddRoutes == mayAddRoutes)
        #expect(!settings("PostDown = " + commands).mayAddRoutes)
    }

    @Test func `commands count that run when it comes up, and not the firewall script`() {
        let plain = settings("PrivateKey = x").digest
        #expect(settings("PostDown = a").digest == plain)
        #expect(settings("PostUp = ").digest == plain)
        #expect(settings("PostUp = /etc/wireguard/wg-firewall.sh").digest == plain)
        #expect(
            Set([plain] + ["PostUp = a", "PreUp = a", "Table = 7", "DNS = a"].map { settings($0).digest }).count == 5)
    }
}
