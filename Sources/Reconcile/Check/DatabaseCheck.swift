import ControlPlane
import GRDB
import Report
import Support

/// The database: its owner, and whether it belongs to wireguard_webadmin, is intact and can be written.
struct DatabaseCheck {
    private(set) var findings: [Finding] = []
    /// nil where it cannot be used.
    private(set) var database: ControlPlaneDatabase?

    init(_ options: Reconciliation.Options) {
        guard !options.databasePath.isEmpty else { return }
        do {
            let database = try ControlPlaneDatabase(
                opening: options.databasePath, busyTimeout: options.busyTimeout, accepting: options.acceptedColumns,
                trust: options.databaseTrust)
            let (flaws, instances, usernames) = try database.readOnly(while: "read the database") { db in
                (
                    // Reads every page, because a run could meet any of them. Does not compare indexes with their
                    // tables.
                    try String.fetchAll(db, sql: "PRAGMA quick_check(3)").filter { $0 != "ok" },
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM wireguard_wireguardinstance") ?? 0,
                    try AccountNames(reading: db).usernames.count
                )
            }
            guard flaws.isEmpty else {
                throw DatabaseFailure(
                    .corrupt, while: "use the database", on: database.path, message: flaws.joined(separator: "; "))
            }
            self.database = database
            let capabilities = database.schema.capabilities
            findings.append(
                .ok(
                    "database",
                    "\(database.path) is intact: wireguard_webadmin, \(KnownState.description(of: capabilities)), "
                        + "\(instances) \(instances == 1 ? "instance" : "instances")"))
            if usernames > 0 && !options.matchesUsernames {
                findings.append(
                    .note(
                        "database",
                        "\(usernames) \(usernames == 1 ? "user has" : "users have") no email, but an email as "
                            + "username; the application's own pages create such users; removals of these accounts "
                            + "are refused",
                        try: "give --match-usernames if these usernames are the emails that billing knows"))
            }
            findings += Self.acceptedColumns(database)
            try database.tryToWrite()
            findings.append(.ok("database", "the database and its folder can be written"))
        } catch let error as any ExplainedError {
            findings.append(.problem("database", error))
        } catch {
            findings.append(.problem("database", "\(error)", try: "report it with this message"))
        }
    }
}

extension DatabaseCheck {
    /// Unknown columns that the operator has accepted, and accepted columns that need no acceptance.
    fileprivate static func acceptedColumns(_ database: ControlPlaneDatabase) -> [Finding] {
        let schema = database.schema
        let references = Set(schema.unknownReferences.map(\.acceptance))
            .subtracting(schema.undecidedReferences.map(\.acceptance))
        let unknown = Set(SchemaDifference(of: schema.capabilities, accepting: []).unknown)
            .union(database.acceptedColumns.filter { references.contains($0) || schema.isUnknown($0) })
        func names(_ columns: Set<AcceptedColumn>) -> String {
            columns.map(\.description).sorted().joined(separator: ", ")
        }
        var findings: [Finding] = []
        if !unknown.isEmpty {
            findings.append(.note("database", "unknown, and accepted by --accept-column: \(names(unknown))"))
        }
        let needless = database.acceptedColumns.subtracting(unknown)
        if !needless.isEmpty {
            findings.append(
                .note(
                    "database", "given with --accept-column, but no reason to refuse the database: \(names(needless))",
                    try: "remove it from --accept-column, so that only columns that were checked are listed there"))
        }
        return findings
    }
}

extension ControlPlaneDatabase {
    /// Makes a change and rolls it back within one transaction. This needs everything that a removal needs: the write
    /// lock, and a folder in which SQLite can create a rollback journal.
    ///
    /// - Throws: ``DatabaseFailure``.
    fileprivate func tryToWrite() throws {
        do {
            try queue.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try db.execute(sql: "CREATE TABLE wg_reconcile_check (probe)")
                    return .rollback
                }
            }
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, while: "write to the database", on: path)
        }
    }
}
