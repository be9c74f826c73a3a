import ControlPlane

/// A range of the application's releases that write configs and the packet filter in the same way.
///
/// Tables and columns are not enough to identify it: releases with the same schema differ in what they write.
/// ``LearntOutput`` finds out which generation wrote the existing files.
struct Generation: Sendable {
    /// The name that wg-reconcile's own script contains. It never changes.
    let name: String
    /// The releases, for display.
    let releases: String
    /// Tables and columns that its application has and that of the generation before lacks. A single one shows that
    /// the application is this one or a later one. Empty for the oldest.
    let marks: [Mark]
    let layout: ConfigLayout
    let firewall: FirewallTraits
    /// Whether an administrator can suspend a peer.
    var suspendsPeers = false

    /// A table, or one of its columns.
    struct Mark: Hashable, Sendable, CustomStringConvertible {
        let table: String
        var column: String?

        var description: String { column.map { "column \(table).\($0)" } ?? "table \(table)" }
    }

    /// Whether the application of this generation could work with these tables.
    ///
    /// Newer tables alone do not exclude it: an upgraded application may not have exported anything yet. But its
    /// packet filter must be able to enforce routes if the tables can ask for that.
    func fits(_ schema: SchemaCapabilities) -> Bool {
        isReached(by: schema) && (firewall.routePolicy != nil || !schema.enforcesRoutes)
    }

    /// Whether the tables have a mark of this generation or of a later one.
    func isReached(by schema: SchemaCapabilities) -> Bool {
        if marks.isEmpty { return true }
        // No generation comes after the fork's.
        let later = name == Self.fork.name ? [self] : Array(Self.upstream.drop { $0.name != name })
        return later.flatMap(\.marks).contains { schema.has($0.table, columns: [$0.column].compactMap(\.self)) }
    }

    /// A mark of this generation that the tables have, in the form that messages use.
    func mark(in schema: SchemaCapabilities) -> String? {
        marks.first { schema.has($0.table, columns: [$0.column].compactMap(\.self)) }?.description
    }

    /// A mark in the tables that shows an upstream release newer than every state of the fork.
    static func markAfterFork(in schema: SchemaCapabilities) -> String? {
        [from9972, from9973, from9974].lazy.compactMap { $0.mark(in: schema) }.first
    }

    static func named(_ name: some StringProtocol) -> Generation? { all.first { $0.name == name } }
}
