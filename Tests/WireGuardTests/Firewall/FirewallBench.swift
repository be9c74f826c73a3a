import Foundation
import GRDB
import TestSupport

@testable import ControlPlane
@testable import SamplePlane
@testable import WireGuard

/// A small database of one edition in memory, with the rows that a packet filter comes from.
struct FirewallBench {
    let db: Database
    let edition: SchemaFixture

    private var rows: SmallControlPlane { SmallControlPlane(db: db) }

    typealias Values = [String: (any DatabaseValueConvertible)?]

    /// The script for what `fill` puts into an empty database of the edition.
    static func script(
        _ edition: SchemaFixture = .of2025, _ fill: (FirewallBench) throws -> Void = { _ in }
    ) throws -> FirewallScript {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue = try DatabaseQueue(configuration: configuration)
        return try queue.write { db in
            switch edition {
            case .of2025: try db.execute(sql: SampleSchema.year2025)
            case .of2026: try db.execute(sql: String(contentsOfFile: fixture("2026-schema.sql"), encoding: .utf8))
            }
            let schema = try SchemaCapabilities(reading: db)
            try fill(FirewallBench(db: db, edition: edition))
            return try FirewallScript(reading: db, schema, .of(edition.generation))
        }
    }

    static func fixture(_ name: String) -> String { Fixtures.path("firewall/" + name) }

    func run(fixture name: String) throws {
        try db.execute(sql: String(contentsOfFile: Self.fixture(name), encoding: .utf8))
    }

    func settings(_ values: Values = [:]) throws {
        let row: Values = [
            "name": "global", "default_forward_policy": "accept", "default_output_policy": "accept",
            "allow_peer_to_peer": 1, "allow_instance_to_instance": 1, "wan_interface": "eth0", "pending_changes": 0,
        ]
        try rows.insert("firewall_firewallsettings", row.merging(values) { $1 })
    }

    @discardableResult
    func instance(_ number: Int, _ values: Values = [:]) throws -> String {
        let key = rows.uuid()
        var row: Values = [
            "name": "instance \(number)", "instance_id": number, "private_key": "", "hostname": "vpn.example.com",
            "listen_port": 20_000 + number, "address": "10.0.\(number).1", "netmask": 24, "uuid": key,
            "public_key": "", "pending_changes": 0, "peer_list_refresh_interval": 10, "legacy_firewall": 0,
        ]
        row[edition == .of2025 ? "allow_peer_to_peer" : "enforce_route_policy"] = 0
        try rows.insert("wireguard_wireguardinstance", row.merging(values) { $1 })
        return key
    }

    /// - Parameter own: networks in the server's config, the first of priority 0, the others of 1.
    @discardableResult
    func peer(
        of instance: String, own: [String] = [], client: [String] = [], key: String? = nil, _ values: Values = [:]
    ) throws -> String {
        let key = key ?? rows.uuid()
        var row: Values = [
            "name": nil, "public_key": key, "pre_shared_key": "", "persistent_keepalive": 25, "uuid": key,
            "wireguard_instance_id": instance, "sort_order": 0,
        ]
        if edition == .of2026 { row.merge(["suspended": 0, "disabled_by_schedule": 0]) { $1 } }
        try rows.insert("wireguard_peer", row.merging(values) { $1 })
        for (index, network) in own.enumerated() { try address(network, of: key, priority: min(index, 1)) }
        for network in client { try address(network, of: key, priority: 1, file: "client") }
        return key
    }

    func address(_ network: String, of peer: String, priority: Int, file: String = "server") throws {
        let parts = network.split(separator: "/")
        try rows.insert(
            "wireguard_peerallowedip",
            [
                "priority": priority, "allowed_ip": String(parts[0]), "netmask": Int(parts.last ?? "") ?? 32,
                "uuid": rows.uuid(), "peer_id": peer, "config_file": file,
            ])
    }

    @discardableResult
    func rule(from sources: [String] = [], to destinations: [String] = [], _ values: Values = [:]) throws -> String {
        let key = rows.uuid()
        var row: Values = [
            "source_netmask": 32, "destination_netmask": 32, "rule_action": "accept", "sort_order": 0, "uuid": key,
            "firewall_chain": "forward", "protocol": "", "in_interface": "", "out_interface": "",
        ]
        for flag in ["source", "destination", "state"] { row["not_\(flag)"] = 0 }
        for side in ["source", "destination"] { row["\(side)_peer_include_networks"] = 0 }
        for state in ["new", "related", "established", "invalid", "untracked"] { row["state_\(state)"] = 0 }
        try rows.insert("firewall_firewallrule", row.merging(values) { $1 })
        for (side, peers) in [("source", sources), ("destination", destinations)] {
            for peer in peers {
                try rows.insert("firewall_firewallrule_\(side)_peer", ["firewallrule_id": key, "peer_id": peer])
            }
        }
        return key
    }

    func rule(_ values: Values) throws { try rule(from: [], to: [], values) }

    @discardableResult
    func redirect(_ port: Int, _ values: Values = [:]) throws -> String {
        let key = rows.uuid()
        let row: Values = [
            "protocol": "tcp", "port": port, "add_forward_rule": 0, "masquerade_source": 0, "uuid": key,
        ]
        try rows.insert("firewall_redirectrule", row.merging(values) { $1 })
        return key
    }

    @discardableResult
    func template(of instance: String, type: String, custom: String? = nil, enforces: Bool = true) throws -> Int64 {
        try rows.insert(
            "routing_templates_routingtemplate",
            [
                "default_template": 0, "name": rows.uuid().prefix(32).description, "route_type": type,
                "custom_routes": custom, "allow_peer_custom_routes": 0, "uuid": rows.uuid(),
                "wireguard_instance_id": instance, "enforce_route_policy": enforces,
            ])
        return db.lastInsertedRowID
    }
}

extension SchemaFixture {
    /// What the application of that schema writes.
    var generation: Generation { self == .of2025 ? .fork : .from9975 }
}

extension LearntOutput {
    static func of(_ generation: Generation) -> LearntOutput {
        LearntOutput(
            generation: generation, evidence: [], mtu: nil, letsClientsReachApplication: false, foreignScript: nil)
    }
}

extension FirewallScript {
    /// The rules that the script adds to one of the application's chains, without the chain's name.
    func rules(_ chain: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let rule = line.trimmingCharacters(in: CharacterSet(charactersIn: " '\""))
            let prefix = "-A WGWADM_\(chain) "
            return rule.hasPrefix(prefix) ? String(rule.dropFirst(prefix.count)) : nil
        }
    }

    /// Those rules of WGWADM_FORWARD that come neither from the settings nor from the script's own beginning.
    var administratorRules: [String] {
        rules("FORWARD").filter { !$0.contains("-i wg+ -o wg+") && !$0.contains("ESTABLISHED -j ACCEPT") }
            .filter { !$0.contains("$dns_address") }
            .filter { $0.wholeMatch(of: /-i (wg\d+) -o \1 -j \w+/) == nil }
    }
}
