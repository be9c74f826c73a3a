/// A column with a setting that a database must have, because it has a column that came later.
///
/// Some settings came with a release, so a database without their column is normally an older one. Where a later column
/// is present, the setting is not absent: it is somewhere that this program does not look. Reading it as "off" would let
/// somebody connect, or something pass, that must not.
struct CompanionColumn: Hashable {
    private let table: String
    private let column: String

    private init(_ table: String, _ column: String) { (self.table, self.column) = (table, column) }

    private static let suspended = CompanionColumn("wireguard_peer", "suspended")
    private static let template = CompanionColumn("wireguard_peer", "routing_template_id")
    private static let instancePolicy = CompanionColumn("wireguard_wireguardinstance", "enforce_route_policy")
    private static let bandwidth = CompanionColumn("wireguard_wireguardinstance", "bandwidth_limit_enabled")

    /// Columns that not every state has, and that decide what a run writes.
    private static let settings = [
        suspended, CompanionColumn("wireguard_peer", "disabled_by_schedule"), template,
        CompanionColumn("wireguard_peer", "sort_order"), instancePolicy,
        CompanionColumn("routing_templates_routingtemplate", "enforce_route_policy"),
        CompanionColumn("firewall_redirectrule", "port_forward"),
        CompanionColumn("firewall_firewallsettings", "instance_to_execute_firewall_id"),
    ]

    /// Pairs that the recorded states do not tell apart: each column came no later than the other one.
    private static let pairs = [
        (suspended, CompanionColumn("wireguard_peer", "suspend_reason")), (template, instancePolicy),
        (bandwidth, CompanionColumn("wireguard_wireguardinstance", "bandwidth_limit_mbps")),
    ]

    /// The tables whose columns tell the age of a database.
    private static let datingPrefixes = ApplicationTable.guardedPrefixes + ["api_v2_", "cluster_", "scheduler_"]

    /// Columns that any database may have; they say nothing of its age.
    private static let undated: Set = [
        bandwidth, CompanionColumn("wireguard_wireguardinstance", "bandwidth_limit_mbps"),
        CompanionColumn("wireguard_wireguardinstance", "allow_peer_to_peer"),
        CompanionColumn("wireguard_peer", "hostname"),
    ]

    /// The settings that a database lacks although it has a column that came later, in the form that messages use.
    static func missing(in capabilities: SchemaCapabilities) -> [String] {
        let later = settings.filter { setting in
            !setting.isThere(in: capabilities.columns) && setting.isImplied(by: capabilities.columns)
        }
        let paired = pairs.filter { column, other in
            !column.isThere(in: capabilities.columns) && other.isThere(in: capabilities.columns)
        }.map(\.0)
        return (later + paired.filter { !later.contains($0) }).map { missing in
            capabilities.has(missing.table) ? "column \(missing.table).\(missing.column)" : "table \(missing.table)"
        }
    }

    private func isThere(in columns: [String: Set<String>]) -> Bool { columns[table]?.contains(column) == true }

    /// Whether there is a column that every recorded state has only together with this one, and later than this one.
    private func isImplied(by present: [String: Set<String>]) -> Bool {
        let (having, lacking) = KnownState.all.reduce(into: ([KnownState](), [KnownState]())) { states, state in
            if isThere(in: state.columns) { states.0.append(state) } else { states.1.append(state) }
        }
        return present.contains { table, columns in
            guard Self.datingPrefixes.contains(where: table.hasPrefix) else { return false }
            return columns.contains { name in
                let other = CompanionColumn(table, name)
                guard !Self.undated.contains(other) else { return false }
                let withBoth = having.count { other.isThere(in: $0.columns) }
                return withBoth > 0 && withBoth < having.count && !lacking.contains { other.isThere(in: $0.columns) }
            }
        }
    }
}
