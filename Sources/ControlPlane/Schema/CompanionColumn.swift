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
    private static let disabledBySchedule = CompanionColumn("wireguard_peer", "disabled_by_schedule")
    /// What it was called for some days in January 2026, with the opposite meaning.
    private static let enabledBySchedule = CompanionColumn("wireguard_peer", "enabled_by_schedule")
    private static let template = CompanionColumn("wireguard_peer", "routing_template_id")
    private static let instancePolicy = CompanionColumn("wireguard_wireguardinstance", "enforce_route_policy")
    private static let bandwidth = CompanionColumn("wireguard_wireguardinstance", "bandwidth_limit_enabled")

    /// Columns that not every state has, and that decide what a run writes.
    private static let settings = [
        suspended, disabledBySchedule, template, CompanionColumn("wireguard_peer", "sort_order"), instancePolicy,
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

    /// For each setting, the columns that came later: every recorded state has them only together with the setting, and
    /// some have the setting without them.
    private static let later: [(setting: CompanionColumn, columns: Set<CompanionColumn>)] = {
        let states = KnownState.all.map { state in (all: state.columns, dating: datingColumns(of: state.columns)) }
        return settings.map { setting in
            let having = states.filter { setting.isThere(in: $0.all) }.map(\.dating)
            let lacking = states.filter { !setting.isThere(in: $0.all) }.map(\.dating)
            let always = having.dropFirst().reduce(having.first ?? []) { $0.intersection($1) }
            return (setting, union(having).subtracting(always).subtracting(union(lacking)))
        }
    }()

    private static func union(_ sets: [Set<CompanionColumn>]) -> Set<CompanionColumn> {
        sets.reduce(into: []) { $0.formUnion($1) }
    }

    private static func datingColumns(of columns: [String: Set<String>]) -> Set<CompanionColumn> {
        let dating = columns.filter { table, _ in datingPrefixes.contains(where: table.hasPrefix) }
        return Set(dating.flatMap { table, names in names.map { CompanionColumn(table, $0) } }).subtracting(undated)
    }

    /// The settings that a database lacks although it has a column that came later, in the form that messages use.
    static func missing(in capabilities: SchemaCapabilities) -> [String] {
        let present = datingColumns(of: capabilities.columns)
        let implied = later.filter { !$0.columns.isDisjoint(with: present) }.map(\.setting)
        let paired = pairs.filter { $0.1.isThere(in: capabilities.columns) }.map(\.0)
        let scheduled: [CompanionColumn] = switchesOffBySchedule(capabilities) ? [disabledBySchedule] : []
        var needed: [CompanionColumn] = []
        for setting in implied + scheduled + paired where !needed.contains(setting) { needed.append(setting) }
        return needed.filter { !$0.isThere(in: capabilities.columns) }
            .map { setting in
                capabilities.has(setting.table)
                    ? "column \(setting.table).\(setting.column)" : "table \(setting.table)"
            }
    }

    /// Whether the application has a schedule, by which it switches peers off, and no column that says so of a peer. Every
    /// recorded state with a schedule or with suspended peers has one of the two columns.
    private static func switchesOffBySchedule(_ capabilities: SchemaCapabilities) -> Bool {
        let hasSchedule =
            suspended.isThere(in: capabilities.columns)
            || capabilities.columns.keys.contains { $0.hasPrefix("scheduler_") }
        return hasSchedule && !enabledBySchedule.isThere(in: capabilities.columns)
    }

    private func isThere(in columns: [String: Set<String>]) -> Bool { columns[table]?.contains(column) == true }
}
