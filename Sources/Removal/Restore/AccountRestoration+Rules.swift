import ControlPlane
import Foundation
import Journal
import Support

// Firewall rules, which come back only if no side would be open.
extension AccountRestoration {
    mutating func putRules(_ archived: [ArchivedAccount.Row], _ rest: inout ArchivedAccount) throws {
        let rules = Set(archived.filter { $0.table == Cascade.Parent.firewallRule.table }.compactMap(\.ruleOrOwn))
        try bringAlongRules(of: archived.filter { $0.rule.map { !rules.contains($0) } ?? false })
        // Memberships of rules that stayed, or that were deleted with another account.
        for row in archived.reversed() {
            if let rule = row.rule, !rules.contains(rule) { try put(row, &rest) }
        }
        for rule in archived where rule.table == Cascade.Parent.firewallRule.table {
            guard let uuid = rule.ruleOrOwn else { continue }
            let members = archived.filter { $0.rule == uuid }
            if try rows.exists(in: Cascade.Parent.firewallRule.table, "uuid", StoredValue(uuid)) {
                // Another account has brought it along.
                for member in members { try put(member, &rest) }
                continue
            }
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

    /// Brings back rules that were deleted with another account later, and that name peers which are back now. Without
    /// these rules, the peers could reach more than before. The rules' other peers are added once they are back.
    private mutating func bringAlongRules(of members: [ArchivedAccount.Row]) throws {
        for uuid in Set(members.compactMap(\.rule)).sorted() {
            guard try !rows.exists(in: Cascade.Parent.firewallRule.table, "uuid", StoredValue(uuid)),
                let (other, content) = try all().first(where: { $0.value.rows.contains { $0.isRule(uuid) } }),
                let rule = content.rows.first(where: { $0.isRule(uuid) })
            else { continue }
            let everybody =
                try members.filter { $0.rule == uuid } + all().values.flatMap { $0.rows.filter { $0.rule == uuid } }
            guard case .comesBack = try fate(of: rule, everybody) else { continue }
            var still = content
            still.rows.removeAll { $0.isRule(uuid) || $0.rule == uuid }
            var rest = ArchivedAccount()
            try put(rule, &rest)
            // Memberships of peers that stayed were deleted with the rule.
            for member in content.rows where member.rule == uuid { try put(member, &rest) }
            still.rows += rest.rows
            others?[other] = still
            try Journal.replaceContent(of: other, with: still, in: db)
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
            let peers = Set(own.map { $0.values["peer_id"] ?? .null })
            let present = try peers.filter { try rows.exists(in: "wireguard_peer", "uuid", $0) }
            if side.blocksOthers(in: rule) {
                // Without a peer, the side blocks everybody. With some of several, it would block less than with all.
                if present.isEmpty || present.count == peers.count { continue }
                throw RestoreRefusal.exceptsSeveral(rule: rule.values["uuid"]?.string ?? "")
            }
            if !present.isEmpty { continue }
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

    fileprivate func isRule(_ uuid: String) -> Bool {
        table == Cascade.Parent.firewallRule.table && values["uuid"]?.string == uuid
    }

    /// The rule of a peer of one.
    fileprivate var rule: String? { values["firewallrule_id"]?.string }
    fileprivate var ruleOrOwn: String? { rule ?? values["uuid"]?.string }

    func isExpiredInvite(at now: UTCTime) -> Bool {
        guard table == "vpn_invite_peerinvite", let text = values["invite_expiration"]?.string else { return false }
        return UTCTime(stored: text).map { $0 <= now } ?? false
    }
}

extension OrphanedRules.Side {
    /// As ``blocksOthers``, for an archived rule.
    fileprivate func blocksOthers(in rule: ArchivedAccount.Row) -> Bool {
        guard case .integer(let flag)? = rule.values["not_\(rawValue)"], flag != 0,
            rule.values["firewall_chain"]?.string != "postrouting"
        else { return false }
        let action = rule.values["rule_action"]?.string?.lowercased() ?? ""
        return ["drop", "reject"].contains(action.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}
