import Foundation
import GRDB
import Testing

/// All that a database holds, without times and identifiers that differ from run to run.
struct BrokenImage: Equatable, Sendable {
    /// Every table but the program's own: rows as SQL literals, sorted.
    var tables: [String: [String]] = [:]
    /// What the journal says of each entry.
    var outcomes: [Int: String] = [:]
    /// The runs in the journal: feed and whether they are complete.
    var runs: [String] = []
    /// Not compared.
    var runIDs: [String] = []
    /// What `integrity_check` and `foreign_key_check` say, and approvals that outlived their run.
    var problems: [String] = []

    /// Accounts and their entries in the journal.
    struct Step: Hashable {
        var tables: [String: [String]]
        var outcomes: [Int: String]
    }

    var step: Step { Step(tables: tables, outcomes: outcomes) }

    static func == (a: BrokenImage, b: BrokenImage) -> Bool {
        a.step == b.step && a.runs == b.runs && a.problems == b.problems
    }

    init(ofDatabaseAt path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.read { db in
            let names = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'wg_reconcile%'")
            for name in names {
                tables[name] = try Self.rows(of: name, db)
            }
            try readJournal(db)
            problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            problems += try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").map { "\($0)" }
        }
        try queue.close()
    }

    private static func rows(of table: String, _ db: Database) throws -> [String] {
        let columns = try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
        let literals = columns.map { "quote(\"\($0)\")" }.joined(separator: " || ',' || ")
        return try String.fetchAll(db, sql: "SELECT \(literals) FROM \"\(table)\"").sorted()
    }

    private mutating func readJournal(_ db: Database) throws {
        guard try db.tableExists("wg_reconcile_run") else { return }
        runIDs = try String.fetchAll(db, sql: "SELECT id FROM wg_reconcile_run ORDER BY id")
        runs = try String.fetchAll(
            db,
            sql: """
                SELECT feed_sha256 || ' ' || program_version || ' '
                    || CASE WHEN completed_at IS NULL THEN 'incomplete' ELSE 'complete' END
                FROM wg_reconcile_run ORDER BY id
                """)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT entry, quote(line) || quote(account_id) || email || ' ' || mailbox || ' ' || outcome || errors
                    || removal
                FROM wg_reconcile_outcome
                """)
        for row in rows { outcomes[row[0]] = row[1] }
        if try db.tableExists("wg_reconcile_approval") {
            let left = try Int.fetchOne(db, sql: "SELECT count(*) FROM wg_reconcile_approval") ?? 0
            if left > 0 { problems.append("\(left) approvals left") }
        }
    }

    /// What differs, a line for each row.
    func changes(since before: BrokenImage) -> [String] {
        let names = Set(tables.keys).union(before.tables.keys).sorted()
        return names.flatMap { name -> [String] in
            let (old, new) = (Set(before.tables[name] ?? []), Set(tables[name] ?? []))
            return old.subtracting(new).sorted().map { "- \(name) \($0)" }
                + new.subtracting(old).sorted().map { "+ \(name) \($0)" }
        }
    }
}

/// A report, as far as two runs of the same feed on the same database agree in it.
struct BrokenReport: Equatable {
    var accounts: String
    var summary: String
    var table: Data
    /// Not compared by ``isSame(as:)``.
    var runID: String
    var regenerated: Bool
    var stoppedBy: String?
    var outcomes: [String]
    var hasConfigsItem: Bool
    var text: String

    init(inFolder folder: String) throws {
        let data = try Data(contentsOf: URL(filePath: folder + "/report.json"))
        text = String(decoding: data, as: UTF8.self)
        let document = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        func canonical(_ key: String) throws -> String {
            let value = try JSONSerialization.data(
                withJSONObject: document[key] ?? [:], options: [.sortedKeys, .prettyPrinted])
            return String(decoding: value, as: UTF8.self)
        }
        let run = document["run"] as? [String: Any] ?? [:]
        // What needs attention since this run does so in every such run, whenever that began.
        let began = try #require(run["started_at"] as? String)
        // Until when an account can come back depends on the second in which it was removed.
        accounts = try canonical("accounts").replacing("\"\(began)\"", with: "\"now\"")
            .replacing(#/"restorable_until" : "[^"]*"/#, with: "\"restorable_until\" : \"then\"")
        summary = try canonical("summary")
        table = Data(
            try String(contentsOfFile: folder + "/accounts.csv", encoding: .utf8)
                .replacing(",\(began),", with: ",now,").utf8)
        runID = run["id"] as? String ?? ""
        stoppedBy = run["stopped_by"] as? String
        regenerated = (run["configs"] as? [String: Any])?["regenerated"] as? Bool ?? false
        outcomes = (document["accounts"] as? [[String: Any]] ?? []).map { $0["outcome"] as? String ?? "" }
        hasConfigsItem = accounts.contains("wireguard_configs")
    }

    func isSame(as other: BrokenReport) -> Bool {
        (accounts, summary, table) == (other.accounts, other.summary, other.table) && regenerated == other.regenerated
    }

    /// How many entries ended so.
    func count(_ outcome: String) -> Int { outcomes.count { $0 == outcome } }
    /// Accounts of which something was there and is gone: what the journal has an outcome of.
    var gone: Int { count("removed") + count("partially_removed") }
}
