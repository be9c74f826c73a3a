import ControlPlane

/// A span of the application's releases that write configs and the packet filter in one way.
///
/// Tables and columns do not tell it: releases with the same schema differ in what they write. ``LearntOutput`` finds out
/// which one wrote what is there.
package struct Generation: Sendable {
    /// By this name a script of this program's own says for which generation it was written. It never changes.
    let name: String
    /// The releases, for people.
    let releases: String
    /// By table, the columns without which its application does not work.
    let columns: [String: [String]]
    let layout: ConfigLayout
    let firewall: FirewallTraits

    /// Whether the application of this generation could work with these tables. Newer tables do not speak against it: an
    /// application that was brought up to date may not have exported anything yet.
    func fits(_ schema: SchemaCapabilities) -> Bool {
        columns.allSatisfy { table, columns in schema.has(table, columns: columns) }
    }

    static func named(_ name: some StringProtocol) -> Generation? { all.first { $0.name == name } }
}
