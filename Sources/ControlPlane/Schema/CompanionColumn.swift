/// A column that every known state has that has a certain other column.
///
/// Some settings came with a release, so a database without their column is normally an older one. Where a column that
/// came later is present, the setting is not absent: it is somewhere that this program does not look. Reading it as
/// "off" would lift a limit.
struct CompanionColumn {
    private let table: String
    private let column: String
    /// The columns, as `(table, column)`, each of which shows that this one must be there too.
    private let impliedBy: [(String, String)]

    private static let suspension = ["suspended", "suspend_reason", "disabled_by_schedule", "enabled_by_schedule"]
        .map { ("wireguard_peer", $0) }
    private static let instancePolicy = ("wireguard_wireguardinstance", "enforce_route_policy")

    private static let all = [
        CompanionColumn(
            table: "routing_templates_routingtemplate", column: "enforce_route_policy",
            impliedBy: [("wireguard_peer", "routing_template_id"), instancePolicy] + suspension),
        CompanionColumn(
            table: instancePolicy.0, column: instancePolicy.1, impliedBy: suspension),
        CompanionColumn(
            table: "wireguard_wireguardinstance", column: "bandwidth_limit_enabled",
            impliedBy: [("wireguard_wireguardinstance", "bandwidth_limit_mbps")]),
    ]

    /// The missing ones, in the form that messages use.
    static func missing(in capabilities: SchemaCapabilities) -> [String] {
        all.filter { companion in
            !capabilities.has(companion.table, columns: [companion.column])
                && companion.impliedBy.contains { capabilities.has($0.0, columns: [$0.1]) }
        }.map { capabilities.has($0.table) ? "column \($0.table).\($0.column)" : "table \($0.table)" }
    }
}
