import ControlPlane
import GRDB

/// Renders the WireGuard config of every instance from the database, with a constant number of queries per
/// transaction.
///
/// The output equals the application's own export byte for byte, as observed. Instances, peers and redirect rules are
/// in the order of their rows, because the application does not sort them.
package struct ConfigRendering {
    package private(set) var configs: [InterfaceConfig] = []
    /// Instances whose config cannot be rendered; their files are left as they are.
    package private(set) var unwritable: [UnwritableValue] = []
    /// Every instance, rendered or not.
    package private(set) var interfaceNumbers: Set<Int> = []

    /// Instances with a bandwidth limit whose scripts the application has not written yet.
    private(set) var withoutBandwidthScripts: [Int] = []
    /// Instances whose bandwidth script sets another limit than the database says: the application has not exported it.
    private(set) var withOtherBandwidth: [Int] = []

    private let schema: SchemaCapabilities
    private let layout: ConfigLayout
    /// The value of `MTU = …` in every config; nil to leave the line out.
    private let mtu: Int?
    private let bandwidth: BandwidthScripts?
    private var runner: String?
    private var redirects: [String: [RedirectRule]] = [:]
    /// The row of the last rendered instance.
    private var lastRow = Int64.min

    /// - Parameter bandwidth: nil where the schema has no bandwidth limits.
    init(_ schema: SchemaCapabilities, _ learnt: LearntOutput, _ bandwidth: BandwidthScripts? = nil) {
        self.schema = schema
        (layout, mtu) = (learnt.layout, learnt.mtu)
        self.bandwidth = bandwidth
    }

    /// Renders all configs. Must run in a transaction, so that all queries see one state.
    package init(
        reading db: Database, _ schema: SchemaCapabilities, _ learnt: LearntOutput, _ bandwidth: BandwidthScripts? = nil
    ) throws {
        self.init(schema, learnt, bandwidth)
        while try renderMore(db, atMost: .max) {}
    }

    // MARK: Instances

    /// Renders the next instances, in the order of their rows. Must run in a transaction; each config shows the state
    /// that the transaction sees.
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

    /// Reads instances, their peers and their allowed IPs in one sorted query. Each instance is followed by its
    /// peers, so nothing has to be looked up or sorted here, even with many thousands of rows.
    private mutating func render(_ db: Database, through end: Int64) throws {
        let rows = try HeldStatement(
            db,
            sql: """
                SELECT instance.rowid, instance.uuid, instance.instance_id, instance.private_key, instance.address,
                    instance.netmask, instance.listen_port, instance.legacy_firewall, instance.post_up,
                    instance.post_down,
                    peer.rowid, peer.public_key, peer.pre_shared_key, peer.persistent_keepalive, peer.name,
                    own.allowed_ip, own.netmask, \(bandwidth == nil ? "0" : "instance.bandwidth_limit_enabled"),
                    \(bandwidth != nil && schema.statesBandwidth ? "instance.bandwidth_limit_mbps" : "NULL")
                FROM wireguard_wireguardinstance AS instance
                LEFT JOIN wireguard_peer AS peer
                    ON \((["peer.wireguard_instance_id = instance.uuid"] + schema.conditionsToConnect)
                        .joined(separator: " AND "))
                LEFT JOIN wireguard_peerallowedip AS own
                    ON own.peer_id = peer.uuid AND own.config_file = 'server'
                WHERE instance.rowid > ?1 AND instance.rowid <= ?2
                ORDER BY instance.rowid, peer.rowid, own.priority, own.rowid
                """)
        var atHand: ConfigBuilder?
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

    private mutating func take(_ atHand: inout ConfigBuilder?) {
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

    /// nil for an instance without a UUID or a number; the row is unusable.
    private mutating func begin(_ row: HeldRow) -> ConfigBuilder? {
        guard let uuid = row.text(1), row.isInteger(2) else { return nil }
        let number = row.integer(2)
        interfaceNumbers.insert(number)
        let isLegacy = row.integer(7) != 0
        var config = ConfigBuilder(
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
                if row.isInteger(18), let limit = bandwidth.limit(setFor: number), limit != row.integer(18) {
                    withOtherBandwidth.append(number)
                }
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

    /// The UUID of the instance that runs the firewall script; nil where none does. If the firewall settings name an
    /// instance, it is that one. If that instance has commands of its own, it runs those instead, and nobody runs the
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

    /// A redirect to a peer leads to the peer's own address, the first /32 of priority 0. Without one, it leads to
    /// the rule's own address. A rule with neither is left out.
    private mutating func readRedirects(_ db: Database) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT rule.wireguard_instance_id, rule.protocol, rule.port, rule.add_forward_rule,
                    rule.masquerade_source,
                    \(RedirectRule.destinationOfRow) AS destination
                FROM firewall_redirectrule AS rule
                JOIN wireguard_wireguardinstance AS instance ON instance.uuid = rule.wireguard_instance_id
                WHERE instance.legacy_firewall
                ORDER BY rule.rowid
                """)
        while let row = try rows.next() {
            guard let instance = row.text(0), let destination = row.text(5), !destination.isEmpty else { continue }
            // A row that cannot become a rule is left out here; ``RedirectedPort`` reads the same rows and reports
            // it.
            let rule = try? RedirectRule(
                transport: row.text(1), port: row.integer(2), destination: destination, addsForwardRule: row.flag(3),
                masqueradesSource: row.flag(4))
            if let rule { redirects[instance, default: []].append(rule) }
        }
    }
}
