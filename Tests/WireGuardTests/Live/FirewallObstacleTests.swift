import Testing

@testable import WireGuard

@Suite("Live interfaces: what the firewall script needs")
struct FirewallObstacleTests {
    /// How the application's own script looks the name up.
    private static let applicationHead = """
        DNS_IP=$(getent hosts wireguard-webadmin-dns | awk '{ print $1 }')
        if [ -z "$DNS_IP" ]; then
            DNS_IP="127.0.0.250"
        fi

        """

    @Test(arguments: [
        ("dns_address=$(address_of wireguard-webadmin-dns)\n", []),
        ("x '-d $dns_address:53'", ["wireguard-webadmin-dns"]),
        ("x '-d wireguard-webadmin -p tcp'", ["wireguard-webadmin"]),
        (applicationHead + "iptables -A WGWADM_FORWARD -d 10.0.0.1", []),
        (
            applicationHead + "iptables -t nat -A X -j DNAT --to-destination $DNS_IP:53", ["wireguard-webadmin-dns"]
        ),
        ("# to wireguard-webadmin by $dns_address\nx '-d 10.0.0.1'", []),
        ("'-d wireguard-webadmin' '-d $dns_address'", ["wireguard-webadmin", "wireguard-webadmin-dns"]),
    ])
    func `the names are those that rules use`(script: String, names: [String]) {
        #expect(FirewallObstacle.names(in: script) == names)
    }

    private static let addresses: [(String, UnreachableAddress?)] = [
        ("127.0.1.1", .loopback), ("0.0.0.0", .unspecified), ("::", .unspecified),
        ("::ffff:0.0.0.0", .unspecified), ("224.0.0.1", .multicast), ("239.255.255.250", .multicast),
        ("255.255.255.255", .broadcast), ("172.20.0.2", nil), ("126.255.255.255", nil), ("2001:db8::1", nil), ("", nil),
    ]

    @Test(arguments: addresses)
    func `nothing is forwarded to an address that is no other host's`(address: String, kind: UnreachableAddress?) {
        #expect(UnreachableAddress(address) == kind)
    }
}
