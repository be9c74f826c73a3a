import ControlPlane
import GRDB

/// A server port that is redirected to a peer, or to an address behind one.
enum RedirectedPort {
    /// Writes the rules of all instances by port, including instances with commands of their own.
    ///
    /// A rule leads to the peer's own address, the first /32 of priority 0. If there is no peer or it has no such
    /// address, the rule leads to its own address. A rule with neither is left out, as in the application.
    static func write(
        _ db: Database, _ schema: SchemaCapabilities, over wanInterface: FirewallWord?,
        _ tables: inout FirewallTables
    ) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT uuid, rowid, protocol, port, \(schema.redirectsToOtherPorts ? "port_forward" : "NULL"),
                    add_forward_rule, masquerade_source, description,
                    \(RedirectRule.destinationOfRow) AS destination
                FROM firewall_redirectrule AS rule
                ORDER BY port, protocol, rowid
                """)
        for row in rows {
            let name = nameOfRow("redirect rule", uuid: row.text(0), row: row.integer(1))
            let explanation = row.text(7).map { $0.isEmpty ? name : "\(name): \($0)" } ?? name
            guard let address = row.text(8), !address.isEmpty else { continue }
            do {
                try write(row, to: address, explanation, over: wanInterface, &tables)
            } catch let column as UnusableColumn {
                tables.report("\(name): \(column.complaint); the rule is left out")
            }
        }
    }

    private static func write(
        _ row: Row, to address: String, _ explanation: String, over wanInterface: FirewallWord?,
        _ tables: inout FirewallTables
    ) throws {
        let rule = try RedirectRule(
            transport: row.text(2), port: row.integer(3), destination: address, addsForwardRule: row.flag(5),
            masqueradesSource: row.flag(6))
        // The application ignores a column that holds no number.
        let forwarded = row.text(4).flatMap { Int64($0.withoutBlanksAround) } ?? row.integer(4) ?? row.integer(3)
        guard let destinationPort = FirewallWord.port(forwarded) else {
            throw UnusableColumn("port_forward is not a port")
        }
        tables.explainNAT(explanation)
        if let wanInterface {
            tables.prerouting([
                "-i", wanInterface, "-d", "wireguard-webadmin", "-p", rule.transport, "--dport", rule.port,
                "-j", "DNAT", "--to-destination", .socket(rule.destination, port: destinationPort),
            ])
        }
        let toDestination: [FirewallWord] = [
            "-o", "wg+", "-d", rule.destination, "-p", rule.transport, "--dport", destinationPort,
        ]
        if rule.masqueradesSource { tables.postrouting(toDestination + ["-j", "MASQUERADE"]) }
        if rule.addsForwardRule, let wanInterface {
            tables.explainFilter(explanation)
            tables.forward(["-i", wanInterface] + toDestination + ["-j", "ACCEPT"])
        }
    }
}

/// A column with a value that is not valid for it. Names the column, never the value.
struct UnusableColumn: Error {
    var complaint: String

    init(_ complaint: String) { self.complaint = complaint }
}
