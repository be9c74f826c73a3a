import ControlPlane
import GRDB

/// The tables that hold anything of those that the cascade works on or what is left behind is found in; the others need no statement, and many of them are empty in most
/// installations.
///
/// Good as long as nobody else writes, and read while this run has nothing uncommitted: its own deletions empty tables,
/// and a rollback fills them again.
struct TablesInUse: Equatable {
    /// Whether anything but this program's own statements has a say in what they do.
    let hasTriggers: Bool
    private var occupied: Set<String> = []

    /// Any of them may hold something.
    static let unknown = TablesInUse()

    private init() { hasTriggers = true }

    init(_ db: Database, schema: ControlPlaneSchema) throws {
        hasTriggers = try Row.fetchOne(db, sql: "SELECT 1 FROM sqlite_master WHERE type = 'trigger'") != nil
        for table in Cascade.tables.union(LeftBehindRows.tablesWithAddresses) where schema.has(table) {
            if try Row.fetchOne(db, sql: "SELECT 1 FROM \(table) LIMIT 1") != nil { occupied.insert(table) }
        }
    }

    /// A trigger may put rows into a table that is empty now.
    func mayHold(_ table: String) -> Bool { hasTriggers || occupied.contains(table) }
}
