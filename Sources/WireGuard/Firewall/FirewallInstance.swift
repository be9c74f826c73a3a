import ControlPlane
import GRDB

/// An instance, as the packet filter needs it. It makes no difference whether the instance has commands of its own.
struct FirewallInstance: Sendable {
    var number: Int64
    var interface: FirewallWord
    /// Nil where the column holds no valid address.
    var address: FirewallWord?

    /// In the order of their rows, because the application does not sort them here.
    static func all(_ db: Database, _ tables: inout FirewallTables) throws -> [FirewallInstance] {
        var instances: [FirewallInstance] = []
        let rows = try Row.fetchCursor(
            db, sql: "SELECT uuid, rowid, instance_id, address FROM wireguard_wireguardinstance ORDER BY rowid")
        while let row = try rows.next() {
            var name: String { nameOfRow("instance", uuid: row.text(0), row: row.integer(1)) }
            guard let number = row.integer(2), let interface = FirewallWord.wireGuard(number) else {
                tables.report("\(name): instance_id does not give the name of an interface; its rules are left out")
                continue
            }
            let address = FirewallWord.address(row.text(3)?.withoutBlanksAround)
            if address == nil {
                tables.report("\(name): address is not an IPv4 address; its name lookups are not redirected")
            }
            instances.append(FirewallInstance(number: number, interface: interface, address: address))
        }
        return instances
    }

    /// Peers send DNS queries to the instance's own address; the DNS container answers them.
    func redirectNameLookups(over wanInterface: FirewallWord?, _ tables: inout FirewallTables) {
        if let address {
            for transport: FirewallWord in ["udp", "tcp"] {
                tables.prerouting([
                    "-i", interface, "-d", address, "-p", transport, "--dport", "53",
                    "-j", "DNAT", "--to-destination", .dnsAddressAndPort,
                ])
            }
        }
        guard let wanInterface else { return }
        let path: [FirewallWord] = ["-i", interface, "-o", wanInterface, "-d", .dnsAddress]
        tables.postrouting(path + ["-j", "MASQUERADE"])
        tables.forward(path + ["-j", "ACCEPT"])
    }
}
