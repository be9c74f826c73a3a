import ControlPlane
import GRDB

/// Renders the WireGuard config of every instance from the database, in a constant number of queries for each transaction.
///
/// Byte for byte what the application's own export writes, observed on its output. Instances, peers and redirect rules come
/// in the order of their rows, since the application does not sort them.
package struct ConfigRendering {
    package private(set) var configs: [InterfaceConfig] = []
    /// Instances whose config cannot be rendered; their files are left as they are.
    package private(set) var unwritable: [UnwritableValue] = []
    /// Every instance that there is, rendered or not.
    package private(set) var interfaceNumbers: Set<Int> = []

    /// Instances with a limit on their bandwidth whose scripts the application has not written yet.
    private(set) var withoutBandwidthScripts: [Int] = []

    private let schema: SchemaCapabilities
    private let layout: ConfigLayout
    /// For a line `MTU = …` in every config; nil for none.
    private let mtu: Int?
    private let bandwidth: BandwidthScripts?
    private var runner: String?
    private var redirects: [String: [RedirectRule]] = [:]
    /// The row of the last instance that was rendered.
    private var lastRow = Int64.min

    /// - Parameter bandwidth: nil where instances have no limits.
    init(_ schema: SchemaCapabilities, _ learnt: LearntOutput, _ bandwidth: BandwidthScripts? = nil) {
        self.schema = schema
        (layout, mtu) = (learnt.generation.layout, learnt.mtu)
        self.bandwidth = bandwidth
    }

    /// Renders all of them. Has to run in a transaction, so that all queries see one state.
    package init(
        reading db: Database, _ schema: SchemaCapabilities, _ learnt: LearntOutput, _ bandwidth: BandwidthScripts? = nil
    ) throws {
        self.init(schema, learnt, bandwidth)
        while try renderMore(db, atMost: .max) {}
    }

    // MARK: Instances

    /// Renders instances in the order of their rows. Has to run in a transaction; each config is of the state that this one
    /// sees.
    ///
    /// - Returns: whether there may be more.
    mutating func renderMore(_ db: Database, atMost count: Int) throws -> Bool {
        if lastRow == .min {
            runner = try firewallRunner(db)
            try readRedirects(db)
        }
        let end = try Int64.fetchOne(
            db,
            sql: """
                SELECT max(rowid) FROM (
                    SELECT rowid FROM wireguard_wireguardinstance WHERE rowid > ? ORDER BY rowid LIMIT ?)
                """, arguments: [lastRow, count])
        guard let end else { return false }
        try render(db, through: end)
        lastRow = end
        return true
    }

    /// Goes through instances, their peers and their allowed IPs in one query, in which each is followed by its own: of
    /// many thousands, nothing has to be looked up or put in order here.
    private mutating func render(_ db: Database, through end: Int64) throws {
        let rows = try HeldStatement(
            db,
            sql: """
                SELECT instance.rowid, instance.uuid, instance.instance_id, instance.private_key, instance.address,
                    instance.netmask, instance.listen_port, instance.legacy_firewall, instance.post_up,
                    instance.post_down,
                    peer.rowid, peer.public_key, peer.pre_shared_key, peer.persistent_keepalive, peer.name,
                    own.allowed_ip, own.netmask, \(bandwidth == nil ? "0" : "instance.bandwidth_limit_enabled")
                FROM wireguard_wireguardinstance AS instance
                LEFT JOIN wireguard_peer AS peer
                    ON \((["peer.wireguard_instance_id = instance.uuid"] + schema.conditionsToConnect)
                        .joined(separator: " AND "))
                LEFT JOIN wireguard_peerallowedip AS own
                    ON own.peer_id = peer.uuid AND own.config_file = 'server'
                WHERE instance.rowid > ?1 AND instance.rowid <= ?2
                ORDER BY instance.rowid, peer.rowid, own.priority, own.rowid
                """)
        var atHand: ConfigAtHand?
        try rows.forEachRow(lastRow, end) { row in
            let instance = row.integer(0)
            if atHand?.rowID != instance {
                take(&atHand)
                atHand = begin(row)
            }
            guard !row.isNull(10) else { return }
            let peer = row.integer(10)
            if atHand?.peerRowID != peer {
                atHand?.finishPeer(layout)
                atHand?.beginPeer(row)
            }
            atHand?.addNetwork(row)
        }
        take(&atHand)
    }

    private mutating func take(_ atHand: inout ConfigAtHand?) {
        atHand?.finishPeer(layout)
        guard let config = atHand else { return }
        atHand = nil
        if let column = config.unwritableColumn {
            unwritable.append(UnwritableValue(interfaceNumber: config.number, column: column))
        } else {
            configs.append(
                InterfaceConfig(
                    number: config.number, bytes: config.text, runsFirewallScript: config.runsFirewallScript))
        }
    }

    /// nil for an instance without a UUID or a number, which is none.
    private mutating func begin(_ row: HeldRow) -> ConfigAtHand? {
        guard let uuid = row.text(1), row.isInteger(2) else { return nil }
        let number = row.integer(2)
        interfaceNumbers.insert(number)
        let isLegacy = row.integer(7) != 0
        var config = ConfigAtHand(
            rowID: row.integer(0), number: number, runsFirewallScript: !isLegacy && uuid == runner)
        config.text.append("[Interface]\nPrivateKey = ")
        config.append(row, 3, "private_key")
        config.text.append("\nAddress = ")
        config.append(row, 4, "address")
        config.text.append("/")
        config.append(row, 5, "netmask")
        config.text.append("\nListenPort = ")
        config.append(row, 6, "listen_port")
        config.text.append("\n")
        if let mtu { config.text.append(text: "MTU = \(mtu)\n") }
        var commands =
            isLegacy
            ? legacyCommands(row, uuid) : PostCommands(runningFirewallScript: config.runsFirewallScript)
        if let bandwidth, row.integer(17) != 0 {
            if bandwidth.areRun(byConfigOf: number) {
                commands.addBandwidthLimit(of: number)
            } else {
                withoutBandwidthScripts.append(number)
            }
        }
        config.text.append(text: layout.commandLines(commands))
        return config
    }

    private func legacyCommands(_ row: HeldRow, _ uuid: String) -> PostCommands {
        var commands = PostCommands(legacyUp: row.text(8) ?? "", down: row.text(9) ?? "", layout)
        for rule in redirects[uuid] ?? [] { commands.add(rule) }
        return commands
    }

    /// The UUID of the instance that runs the firewall script; nil where none does. That is the instance which the
    /// firewall's settings name, where they name one; one that carries commands of its own runs those, and nobody runs the
    /// script.
    private func firewallRunner(_ db: Database) throws -> String? {
        guard schema.choosesFirewallInstance else {
            return try String.fetchOne(
                db, sql: "SELECT uuid FROM wireguard_wireguardinstance WHERE NOT legacy_firewall ORDER BY rowid LIMIT 1"
            )
        }
        return try String.fetchOne(
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
