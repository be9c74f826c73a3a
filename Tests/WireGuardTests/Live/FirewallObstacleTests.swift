import Testing

@testable import WireGuard

@Suite("Live interfaces: what the firewall script needs")
struct FirewallObstacleTests {
    @Test(arguments: [
        ("dns_address=$(address_of wireguard-webadmin-dns)\n", []),
        ("x '-d $dns_address:53'", ["wireguard-webadmin-dns"]),
        ("x '-d wireguard-webadmin -p tcp'", ["wireguard-webadmin"]),
        ("# to wireguard-webadmin by $dns_address\nx '-d 10.0.0.1'", []),
        ("'-d wireguard-webadmin' '-d $dns_address'", ["wireguard-webadmin", "wireguard-webadmin-dns"]),
    ])
    func `the names are those that rules use`(script: String, names: [String]) {
        #expect(FirewallObstacle.names(in: script) == names)
    }
}
