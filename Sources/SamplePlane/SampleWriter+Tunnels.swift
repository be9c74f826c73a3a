import Support

/// WireGuard instances with their peers.
extension SampleWriter {
    mutating func writeInstance(name: String, created: UTCTime) throws -> SampleInstance {
        let number = nextInstanceNumber
        nextInstanceNumber += 1
        let keys = SampleKeyPair(using: &random)
        let isLegacy = random.oneIn(12)
        var instance = SampleInstance(
            uuid: random.uuid(), number: number, peerUUIDs: [], hasLegacyFirewall: isLegacy)
        let time = created.django
        try insert(
            """
            INSERT INTO wireguard_wireguardinstance
            (name, instance_id, private_key, hostname, listen_port, address, netmask, post_up, post_down, created,
            updated, uuid, public_key, pending_changes, peer_list_refresh_interval, dns_primary, dns_secondary,
            legacy_firewall, allow_peer_to_peer)
            VALUES (?, ?, ?, 'vpn.example.com', ?, ?, 24, ?, ?, ?, ?, ?, ?, 0, 10, '1.1.1.1', '1.0.0.1', ?, ?)
            """,
            [
                name, number, keys.privateKey, 20_000 + number, network(of: number) + ".1",
                isLegacy ? legacyCommands("-A", number) : "", isLegacy ? legacyCommands("-D", number) : "", time, time,
                instance.uuid, keys.publicKey, isLegacy, random.oneIn(4),
            ])
        for host in 0..<random.number(in: sample.peersPerAccount) {
            instance.peerUUIDs.append(try writePeer(host, of: instance, created: created))
        }
        if isLegacy, !random.oneIn(3) { try writeRedirect(to: instance, created: created) }
        return instance
    }

    /// The first three parts of the instance's /24 network: `10.0.0` to `10.255.255`, then from `11.0.0`.
    private func network(of number: Int) -> String {
        "\(10 + number / 65_536).\(number / 256 % 256).\(number % 256)"
    }

    /// The commands that the application fills in for an instance with the old firewall, one per line.
    private func legacyCommands(_ verb: String, _ number: Int) -> String {
        """
        iptables -t nat \(verb) POSTROUTING -s \(network(of: number)).0/24 -o eth0 -j MASQUERADE
        iptables \(verb) FORWARD -i wg\(number) -j ACCEPT
        iptables \(verb) FORWARD -o wg\(number) -j ACCEPT
        """
    }

    private mutating func writePeer(_ host: Int, of instance: SampleInstance, created: UTCTime) throws -> String {
        let uuid = random.uuid()
        let keys = SampleKeyPair(using: &random)
        let time = created.django
        try insert(
            """
            INSERT INTO wireguard_peer
            (name, public_key, pre_shared_key, persistent_keepalive, created, updated, uuid, wireguard_instance_id,
            private_key, sort_order)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                random.oneIn(10) ? "" : "device \(host + 1)", keys.publicKey,
                random.oneIn(3) ? "" : SampleKeyPair.presharedKey(using: &random), random.oneIn(4) ? 0 : 25, time,
                time, uuid, instance.uuid, random.oneIn(5) ? nil : keys.privateKey, random.oneIn(3) ? host : 0,
            ])
        let address = "\(network(of: instance.number)).\(host + 2)"
        try writeAllowedIP(address, 32, priority: 0, file: "server", peer: uuid, created: time)
        if random.oneIn(3) {
            let site = "192.168.\(random.number(in: 0...255)).0"
            try writeAllowedIP(site, 24, priority: 1, file: "server", peer: uuid, created: time)
        }
        if random.oneIn(3) {
            try writeAllowedIP("0.0.0.0", 0, priority: 1, file: "client", peer: uuid, created: time)
        }
        if !random.oneIn(5) { try writeStatus(of: uuid, created: time) }
        if random.oneIn(8) { try writeInvite(of: uuid, created: time) }
        return uuid
    }

    private mutating func writeAllowedIP(
        _ address: String, _ netmask: Int, priority: Int, file: String, peer: String, created: String
    ) throws {
        try insert(
            """
            INSERT INTO wireguard_peerallowedip
            (priority, allowed_ip, netmask, created, updated, uuid, peer_id, config_file)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [priority, address, netmask, created, created, random.uuid(), peer, file])
    }

    private mutating func writeStatus(of peer: String, created: String) throws {
        let handshake = random.oneIn(6) ? nil : moment(withinDays: 0...20).django
        try insert(
            """
            INSERT INTO wireguard_peerstatus
            (last_handshake, transfer_rx, transfer_tx, latest_config, created, updated, uuid, peer_id)
            VALUES (?, ?, ?, NULL, ?, ?, ?, ?)
            """,
            [
                handshake, random.number(in: 0...90_000_000_000), random.number(in: 0...9_000_000_000), created,
                handshake ?? created, random.uuid(), peer,
            ])
    }

    private mutating func writeInvite(of peer: String, created: String) throws {
        try insert(
            """
            INSERT INTO vpn_invite_peerinvite (invite_password, invite_expiration, uuid, created, updated, peer_id)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                random.text(8, of: Alphabet.base62), sample.now.adding(seconds: 1_800).django,
                random.uuid(), created, created, peer,
            ])
    }
}
