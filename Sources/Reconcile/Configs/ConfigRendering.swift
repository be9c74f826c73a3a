import GRDB

/// Renders the WireGuard config of every instance from the database, in a constant number of queries.
///
/// Byte for byte what the application's own export writes, observed on its output. Instances, peers and redirect rules come in the order of their rows, since the application does not sort them.
struct ConfigRendering {
    private(set) var configs: [InterfaceConfig] = []
    /// Instances whose config cannot be rendered; their files are left as they are.
    private(set) var unwritable: [UnwritableValue] = []
    /// Every instance that there is, rendered or not.
    private(set) var interfaceNumbers: Set<Int> = []

    private let layout: ConfigLayout
    private let mtu: Int?
    private var peers: [String: String] = [:]
    private var unwritablePeers: [String: String] = [:]
    private var redirects: [String: [RedirectRule]] = [:]

    /// Has to run in a transaction, so that all queries see one state.
    ///
    /// - Parameter mtu: for a line `MTU = …` in every config; nil for none.
    init(reading db: Database, layout: ConfigLayout, mtu: Int?) throws {
        self.layout = layout
        self.mtu = mtu
        try readPeers(db)
        try readRedirects(db)
        try renderInstances(db)
        peers = [:]
        redirects = [:]
    }

    // MARK: Instances

    private mutating func renderInstances(_ db: Database) throws {
        let runner = try firewallRunner(db)
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT uuid, instance_id, private_key, address, netmask, listen_port, legacy_firewall, post_up, post_down
                FROM wireguard_wireguardinstance ORDER BY rowid
                """)
        while let row = try rows.next() {
            guard let uuid = row.text(0), let number = row.integer(1).map({ Int($0) }) else { continue }
            interfaceNumbers.insert(number)
            let isLegacy = row.flag(6)
            let runsScript = !isLegacy && uuid == runner
            do {
                let commands = isLegacy ? legacyCommands(row, uuid) : PostCommands(runningFirewallScript: runsScript)
                let text = try section(row, commands, number) + peers(of: uuid, number)
                configs.append(InterfaceConfig(number: number, text: text, runsFirewallScript: runsScript))
            } catch let value as UnwritableValue {
                unwritable.append(value)
            }
        }
    }

    /// The UUID of the instance that runs the firewall script; nil where none does.
    private func firewallRunner(_ db: Database) throws -> String? {
        switch layout.firewallRunner {
        case .firstWithoutLegacyFirewall:
            try String.fetchOne(
                db, sql: "SELECT uuid FROM wireguard_wireguardinstance WHERE NOT legacy_firewall ORDER BY rowid LIMIT 1"
            )
        case .chosenInSettings:
            try String.fetchOne(
                db,
                sql: """
                    SELECT coalesce(
                        (SELECT chosen.uuid FROM firewall_firewallsettings AS settings
                        JOIN wireguard_wireguardinstance AS chosen
                            ON chosen.uuid = settings.instance_to_execute_firewall_id
                        WHERE settings.name = 'global'),
                        (SELECT uuid FROM wireguard_wireguardinstance ORDER BY instance_id LIMIT 1))
                    """)
        }
    }

    private func section(_ row: Row, _ commands: PostCommands, _ number: Int) throws -> String {
        return """
            [Interface]
            PrivateKey = \(try row.line(2, "private_key", of: number))
            Address = \(try row.line(3, "address", of: number))/\(try row.line(4, "netmask", of: number))
            ListenPort = \(try row.line(5, "listen_port", of: number))

            """ + (mtu.map { "MTU = \($0)\n" } ?? "") + layout.commandLines(commands)
    }

    private func legacyCommands(_ row: Row, _ uuid: String) -> PostCommands {
        var commands = PostCommands(legacyUp: row.text(7) ?? "", down: row.text(8) ?? "")
        for rule in redirects[uuid] ?? [] { commands.add(rule) }
        return commands
    }

    private func peers(of uuid: String, _ number: Int) throws -> String {
        if let column = unwritablePeers[uuid] { throw UnwritableValue(interfaceNumber: number, column: column) }
        return peers[uuid] ?? ""
    }

    // MARK: Peers

    private mutating func readPeers(_ db: Database) throws {
        let allowedIPs = try allowedIPsByPeer(db)
        let rows = try Row.fetchCursor(
            db,
            sql: layout.leavesOutSuspendedPeers
                ? """
                SELECT uuid, wireguard_instance_id, public_key, pre_shared_key, persistent_keepalive, name
                FROM wireguard_peer WHERE NOT suspended AND NOT disabled_by_schedule ORDER BY rowid
                """
                : """
                SELECT uuid, wireguard_instance_id, public_key, pre_shared_key, persistent_keepalive, name
                FROM wireguard_peer ORDER BY rowid
                """)
        while let row = try rows.next() {
            guard let uuid = row.text(0), let instance = row.text(1) else { continue }
            do {
                let networks = allowedIPs[uuid] ?? ""
                guard networks.isOneLine else { throw UnwritableValue(interfaceNumber: 0, column: "allowed_ip") }
                let peer = ConfigLayout.Peer(
                    name: row.text(5) ?? "", publicKey: try row.line(2, "public_key", of: 0),
                    presharedKey: try row.line(3, "pre_shared_key", of: 0),
                    persistentKeepalive: try row.line(4, "persistent_keepalive", of: 0), allowedIPs: networks)
                layout.append(peer, to: &peers[instance, default: ""])
            } catch let value as UnwritableValue {
                unwritablePeers[instance] = value.column
            }
        }
    }

    private func allowedIPsByPeer(_ db: Database) throws -> [String: String] {
        var networks: [String: String] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT peer_id, allowed_ip || '/' || netmask FROM wireguard_peerallowedip
                WHERE config_file = 'server' ORDER BY priority, rowid
                """)
        while let row = try rows.next() {
            guard let peer = row.text(0), let network = row.text(1) else { continue }
            if networks[peer] == nil {
                networks[peer] = network
            } else {
                networks[peer, default: ""] += ", " + network
            }
        }
        return networks
    }

    // MARK: Redirect rules

    /// A redirect to a peer goes to the peer's own address, the first /32 of priority 0; where it has none, to the
    /// rule's own address; a rule with neither is left out.
    private mutating func readRedirects(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT rule.wireguard_instance_id, rule.protocol, rule.port, rule.add_forward_rule,
                    rule.masquerade_source,
                    coalesce(
                        (SELECT allowed_ip FROM wireguard_peerallowedip AS own
                        WHERE own.peer_id = rule.peer_id AND own.config_file = 'server' AND own.netmask = 32
                            AND own.priority = 0
                        ORDER BY own.uuid LIMIT 1),
                        rule.ip_address) AS destination
                FROM firewall_redirectrule AS rule
                JOIN wireguard_wireguardinstance AS instance ON instance.uuid = rule.wireguard_instance_id
                WHERE instance.legacy_firewall
                ORDER BY rule.rowid
                """)
        while let row = try rows.next() {
            guard let instance = row.text(0), let destination = row.text(5), !destination.isEmpty else { continue }
            // What cannot be a rule is left out here; ``RedirectedPort`` reads the same rows and reports it.
            let rule = try? RedirectRule(
                transport: row.text(1), port: row.integer(2), destination: destination, addsForwardRule: row.flag(3),
                masqueradesSource: row.flag(4))
            if let rule { redirects[instance, default: []].append(rule) }
        }
    }
}

extension Row {
    /// A value that stands on a line of its own. A missing one is empty.
    fileprivate func line(_ index: Int, _ column: String, of number: Int) throws -> String {
        let value = text(index) ?? integer(index).map { String($0) } ?? ""
        guard value.isOneLine else { throw UnwritableValue(interfaceNumber: number, column: column) }
        return value
    }
}

extension String {
    fileprivate var isOneLine: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
