/// A generation of the application's schema.
///
/// All that differs between editions stands in their ``EditionTraits``, one file each beside this one; a third edition is
/// a third file and a case here. What they have in common stands in ``ApplicationTable/common``.
enum Edition: String, CaseIterable, Sendable {
    /// As the application was when the removal endpoint was written.
    case of2025
    /// With routing templates, schedules, API keys, and peers that are suspended or disabled.
    case of2026

    private var traits: EditionTraits {
        switch self {
        case .of2025: .of2025
        case .of2026: .of2026
        }
    }

    /// Every table that the program reads or writes in a database of this edition, by name.
    var tables: [ApplicationTable] {
        let common = ApplicationTable.common.map { table in
            table.with(traits.columns.filter { $0.key == table.name }.flatMap(\.value))
        }
        return (common + traits.tables).sorted { $0.name < $1.name }
    }

    /// How the application writes the WireGuard configs.
    var configLayout: ConfigLayout { traits.configLayout }

    /// What is particular to the application's packet filter.
    var firewall: FirewallEdition { traits.firewall }
}

/// Where an edition differs from the others.
///
/// What goes with an account stands in ``Cascade`` for all editions: a step is passed over where its table or column is
/// not there.
struct EditionTraits: Sendable {
    /// Columns that this edition has, and not every other, in tables that all have.
    var columns: [String: [String]]
    /// Tables that this edition has, and not every other.
    var tables: [ApplicationTable]
    var configLayout: ConfigLayout
    var firewall: FirewallEdition
}
