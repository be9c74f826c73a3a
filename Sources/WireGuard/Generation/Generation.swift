import ControlPlane

/// A range of the application's releases that write configs and the packet filter in the same way.
///
/// Tables and columns are not enough to identify it: releases with the same schema differ in what they write.
/// ``LearntOutput`` finds out which generation wrote the existing files.
package struct Generation: Sendable {
    /// The name that wg-reconcile's own script contains. It never changes.
    let name: String
    /// The releases, for display.
    let releases: String
    /// The columns that its application requires, by table.
    let columns: [String: [String]]
    let layout: ConfigLayout
    let firewall: FirewallTraits

    /// Whether the application of this generation could work with these tables. Newer tables do not exclude it: an
    /// upgraded application may not have exported anything yet.
    func fits(_ schema: SchemaCapabilities) -> Bool {
        columns.allSatisfy { table, columns in schema.has(table, columns: columns) }
    }

    static func named(_ name: some StringProtocol) -> Generation? { all.first { $0.name == name } }
}
