import ControlPlane
import Journal
import Support

// Firewall rules, which come back only if no side would be open.
extension AccountRestoration {
    mutating func putRules(_ archived: [ArchivedAccount.Row], _ rest: inout ArchivedAccount) throws {
        let rules = Set(archived.filter { $0.table == Cascade.Parent.firewallRule.table }.compactMap(\.ruleOrOwn))
        // Memberships of rules that stayed, or that another account took along.
        for row in archived.reversed() {
            if let rule = row.rule, !rules.contains(rule) { try put(row, &rest) }
        }
        for rule in archived where rule.table == Cascade.Parent.firewallRule.table {
            guard let uuid = rule.ruleOrOwn else { continue }
            let members = archived.filter { $0.rule == uuid }
            switch try fate(of: rule, members) {
            case .comesBack:
                try put(rule, &rest)
                for member in members { try put(member, &rest) }
            case .waits: rest.rows += members + [rule]
            case .isGone(let side):
                restored.leftOut.append("the firewall rule \(uuid.hyphenatedUUID): no \(side) peer of it is left")
            }
        }
    }

    enum RuleFate {
        case comesBack, waits
        case isGone(side: String)
    }

    mutating func fate(of rule: ArchivedAccount.Row, _ members: [ArchivedAccount.Row]) throws -> RuleFate {
        for side in OrphanedRules.Side.allCases {
            let own = members.filter { $0.table == side.members }
            let address = rule.values["\(side.rawValue)_ip"]?.string ?? ""
            if own.isEmpty || !address.isEmpty { continue }
            let peers = own.map { $0.values["peer_id"] ?? .null }
            if try peers.contains(where: { try rows.exists(in: "wireguard_peer", "uuid", $0) }) { continue }
            let key = RowRestoration.ForeignKey(column: "peer_id", parent: "wireguard_peer", parentColumn: "uuid")
            return try peers.contains { try mayComeBack(key, $0) } ? .waits : .isGone(side: side.rawValue)
        }
        return .comesBack
    }
}

extension ArchivedAccount.Row {
    /// Whether it is a firewall rule or a peer of one.
    var isOfRule: Bool {
        table == Cascade.Parent.firewallRule.table || OrphanedRules.Side.allCases.contains { $0.members == table }
    }

    /// The rule of a peer of one.
    fileprivate var rule: String? { values["firewallrule_id"]?.string }
    fileprivate var ruleOrOwn: String? { rule ?? values["uuid"]?.string }

    func isExpiredInvite(at now: UTCTime) -> Bool {
        guard table == "vpn_invite_peerinvite", let text = values["invite_expiration"]?.string else { return false }
        return UTCTime(stored: text).map { $0 <= now } ?? false
    }
}
