import Support

/// Firewall rules and redirects, some of which cross accounts.
extension SampleWriter {
    /// One rule for every ten accounts, and the rule that every installation has.
    mutating func writeFirewall() throws {
        _ = try writeRule("Masquerade", chain: "postrouting", action: "masquerade", outInterface: "eth0")
        let withPeers = inventory.accounts.indices.filter { index in
            inventory.accounts[index].instances.contains { !$0.peerUUIDs.isEmpty }
        }
        guard !withPeers.isEmpty else { return }
        for number in 1...(inventory.accounts.count / 10 + 3) {
            try writePeerRule(number, accounts: withPeers)
        }
    }

    /// A rule with peers on one side or both. Every second rule has peers of a single account and no address on that
    /// side. If the account is removed, such a rule would apply to everybody.
    private mutating func writePeerRule(_ number: Int, accounts: [Int]) throws {
        let sourceIP = random.oneIn(4) ? "172.16.0.0" : nil
        let destinationIP = random.oneIn(2) ? "10.9.0.0" : nil
        let rule = try writeRule(
            random.oneIn(4) ? nil : "rule \(number)", chain: "forward", action: random.oneIn(2) ? "accept" : "drop",
            sourceIP: sourceIP, destinationIP: destinationIP)
        for peer in peers(ofAccounts: random.oneIn(2) ? 1 : 3, from: accounts) {
            try insert(
                "INSERT INTO firewall_firewallrule_source_peer (firewallrule_id, peer_id) VALUES (?, ?)", [rule, peer])
        }
        guard destinationIP == nil || random.oneIn(2) else { return }
        for peer in peers(ofAccounts: random.oneIn(2) ? 1 : 2, from: accounts) {
            try insert(
                "INSERT INTO firewall_firewallrule_destination_peer (firewallrule_id, peer_id) VALUES (?, ?)",
                [rule, peer])
        }
    }

    /// Peers of up to `count` different accounts.
    private mutating func peers(ofAccounts count: Int, from accounts: [Int]) -> [String] {
        var chosen: [String] = []
        for _ in 0..<count {
            guard let index = accounts.randomElement(using: &random) else { break }
            let peers = inventory.accounts[index].instances.flatMap(\.peerUUIDs).prefix(2)
            chosen.append(contentsOf: peers.filter { !chosen.contains($0) })
        }
        return chosen
    }

    /// - Returns: The UUID of the new rule.
    private mutating func writeRule(
        _ description: String?, chain: String, action: String, outInterface: String = "", sourceIP: String? = nil,
        destinationIP: String? = nil
    ) throws -> String {
        let uuid = random.uuid()
        let created = moment(withinDays: 1...30).django
        try insert(
            """
            INSERT INTO firewall_firewallrule
            (description, in_interface, out_interface, source_ip, source_netmask, source_peer_include_networks,
            not_source, destination_ip, destination_netmask, destination_peer_include_networks, not_destination,
            protocol, destination_port, state_new, state_related, state_established, state_invalid, state_untracked,
            not_state, rule_action, sort_order, created, updated, uuid, firewall_chain)
            VALUES (?, '', ?, ?, ?, ?, 0, ?, ?, 0, 0, ?, NULL, 0, 0, 0, 0, 0, 0, ?, ?, ?, ?, ?, ?)
            """,
            [
                description, outInterface, sourceIP, sourceIP == nil ? 32 : 12, random.oneIn(4), destinationIP,
                destinationIP == nil ? 32 : 16, chain == "postrouting" || random.oneIn(2) ? "" : "tcp", action,
                inventory.firewallRuleCount, created, created, uuid, chain,
            ])
        inventory.firewallRuleCount += 1
        return uuid
    }

    /// A port that is redirected to a peer of the instance, or to an address behind it. A few name another account's
    /// peer, and a few have no instance.
    mutating func writeRedirect(to instance: SampleInstance, created: UTCTime) throws {
        var peer = random.oneIn(2) ? instance.peerUUIDs.first : nil
        if random.oneIn(6) {
            peer = inventory.accounts.randomElement(using: &random)?.instances.first?.peerUUIDs.first ?? peer
        }
        let port = nextRedirectPort
        nextRedirectPort += 1
        let time = created.django
        try insert(
            """
            INSERT INTO firewall_redirectrule
            (description, protocol, port, add_forward_rule, ip_address, created, updated, uuid, peer_id,
            wireguard_instance_id, masquerade_source, port_forward)
            VALUES ('forward', ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, NULL)
            """,
            [
                random.oneIn(2) ? "udp" : "tcp", port, peer == nil ? "10.77.0.5" : nil, time, time, random.uuid(), peer,
                peer != nil && random.oneIn(5) ? nil : instance.uuid, random.oneIn(2),
            ])
    }
}
