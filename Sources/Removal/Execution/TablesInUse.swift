import ControlPlane
import GRDB

/// Which tables hold rows, among those of the cascade and those searched for what is left behind. Empty tables need no
/// statement, and in most installations many are empty.
///
/// Valid as long as nobody else writes. Read it while this run has nothing uncommitted: its own deletions empty tables,
/// and a rollback fills them again.
struct TablesInUse: Equatable {
    /// Whether triggers may change rows in addition to this program's own statements.
    let hasTriggers: Bool
    private var occupied: Set<String> = []

    /// Treats every table as in use.
    static let unknown = TablesInUse()

    private init() { hasTriggers = true }

    init(_ db: Database, schema: ControlPlaneSchema) throws {
        hasTriggers = try Row.fetchOne(db, sql: "SELECT 1 FROM sqlite_master WHERE type = 'trigger'") != nil
        for table in Cascade.tables.union(LeftBehindRows.tablesWithAddresses) where schema.has(table) {
            if try Row.fetchOne(db, sql: "SELECT 1 FROM \(table) LIMIT 1") != nil { occupied.insert(table) }
        }
    }

    /// True for every table if there are triggers, because a trigger may insert rows into an empty table.
    func mayHold(_ table: String) -> Bool { hasTriggers || occupied.contains(table) }
}
