import Testing

@testable import Support
@testable import WireGuard

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
                    "there is still a route to 10.8.0.0/16, which no peer may use any longer"
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
        let former = FormerSettings(prefixes: Set(["10.7.0.0/16", "10.5.0.1/24"].compactMap { IPPrefix($0) }))
        #expect(
            settings.differences(from: found, former: former) == [
                "Address is 10.0.0.1/24, 10.5.0.1/24, and 10.0.0.1/24 in its config",
                "there is still a route to 10.7.0.0/16, which no peer may use any longer",
            ])
    }

    @Test func `an MTU that the config does not set is wrong only if the config had it before`() {
        let settings = settings("Address = 10.0.0.1/24")
        #expect(settings.differences(from: facts(["10.0.0.1/24"]), former: FormerSettings(mtus: [1300])) == [])
        #expect(
            settings.differences(from: facts(["10.0.0.1/24"]), former: FormerSettings(mtus: [1300, 1420])) == [
                "MTU is 1420, which its config no longer sets"
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
