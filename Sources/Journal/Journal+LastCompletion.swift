import GRDB
import Support

extension Journal {
    /// When a run of a feed, or of deferred removals, was last marked complete before `time`; nil if there is none.
    ///
    /// Removals of accounts that an operator named do not count: they do not show that billing's feeds are carried out.
    package static func lastCompletion(before time: UTCTime, in db: Database) throws -> UTCTime? {
        guard try exists(in: db) else { return nil }
        let sql =
            try hasCommands(in: db)
            ? "SELECT max(completed_at) FROM wg_reconcile_run WHERE completed_at < ? AND command = 'run'"
            : "SELECT max(completed_at) FROM wg_reconcile_run WHERE completed_at < ?"
        return try String.fetchOne(db, sql: sql, arguments: [time.rfc3339]).flatMap(UTCTime.init(rfc3339:))
    }

    /// The commands of runs that are not of `run`, by the ids of the runs.
    static func commands(in db: Database) throws -> [String: RunCommandName] {
        guard try hasCommands(in: db) else { return [:] }
        let rows = try Row.fetchAll(db, sql: "SELECT id, command FROM wg_reconcile_run WHERE command <> 'run'")
        return rows.reduce(into: [:]) { commands, row in
            commands[row.text(0) ?? ""] = row.text(1).flatMap(RunCommandName.init)
        }
    }

    /// Who ran each run, by the ids of the runs. A journal of version 1 does not say.
    static func operators(in db: Database) throws -> [String: Operator] {
        guard try db.columns(in: "wg_reconcile_run").contains(where: { $0.name == "sudo_user" }) else { return [:] }
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, user_id, sudo_user FROM wg_reconcile_run WHERE user_id IS NOT NULL")
        return rows.reduce(into: [:]) { operators, row in
            guard let userID = row.integer(1).flatMap(UInt32.init(exactly:)) else { return }
            operators[row.text(0) ?? ""] = Operator(userID: userID, sudoUser: row.text(2))
        }
    }

    /// Whether the tables say which command a run is of. In those of version 5 and earlier, all are of `run`.
    static func hasCommands(in db: Database) throws -> Bool {
        try db.columns(in: "wg_reconcile_run").contains { $0.name == "command" }
    }
}
