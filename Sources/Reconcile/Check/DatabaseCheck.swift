import GRDB

/// The database: whose it is, whether wireguard_webadmin's, whole, and open to writing.
struct DatabaseCheck {
    private(set) var findings: [Finding] = []
    /// nil where it cannot be used.
    private(set) var database: ControlPlaneDatabase?

    init(_ options: Reconciliation.Options) {
        guard !options.databasePath.isEmpty else { return }
        do {
            let database = try ControlPlaneDatabase(
                opening: options.databasePath, busyTimeout: options.busyTimeout, trust: options.databaseTrust)
            let (flaws, instances, usernames) = try database.readOnly(while: "read the database") { db in
                (
                    // Every page is read, as any could be met at night; indexes are not compared with their tables.
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
            findings.append(
                .ok(
                    "database",
                    "\(database.path) is whole: a database of wireguard_webadmin, "
                        + "\(instances) \(instances == 1 ? "instance" : "instances")"))
            if usernames > 0 && !options.matchesUsernames {
                findings.append(
                    .note(
                        "database",
                        "\(usernames) \(usernames == 1 ? "user has" : "users have") no email and an email for a username, as "
                            + "the application's own pages make them; removals of such accounts are refused",
                        try: "say --match-usernames if these usernames are the emails that billing knows"))
            }
            try database.tryToWrite()
            findings.append(.ok("database", "it and its folder can be written"))
        } catch let error as any ExplainedError {
            findings.append(.problem("database", error))
        } catch {
            findings.append(.problem("database", "\(error)", try: "report it with this message"))
        }
    }
}

extension ControlPlaneDatabase {
    /// Makes a change and takes it back within one transaction, which needs all that a removal needs: the write lock,
    /// and a folder in which SQLite can keep a rollback journal meanwhile.
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
