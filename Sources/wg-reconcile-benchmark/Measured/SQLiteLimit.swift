import Foundation
import Removal
import Report
import Support
import WireGuard

/// The least time that SQLite needs for the rows that a run removed. It is one transaction of set-based deletions in
/// SQLite's own shell, with foreign keys on and the same journal mode, synchronous setting and cache. It writes no
/// record of the removed rows, decodes no sessions, and cannot let a single account fail.
struct SQLiteLimit {
    private let script: String
    private let prepared: PreparedControlPlane

    /// Runs a removal to find out which rows it deletes, and checks that the limit deletes the same.
    init(for prepared: PreparedControlPlane, in bench: Bench) throws {
        let copy = try prepared.copy()
        _ = try Child.measureStages(copy, commitEvery: prepared.size.accounts)
        let after = bench.path("after.sqlite3")
        _ = try Child.run(["cp", copy.database, after])
        try self.init(for: prepared, after: after, in: bench)
        _ = try milliseconds()
        let differences = try Self.differences(after, prepared.workingCopy.database)
        try bench.remove(after)
        guard differences.isEmpty else { throw NotTheSameRows(differences: differences) }
    }

    /// - Parameter after: The same database after a run. The rows that are missing from it are those to delete.
    private init(for prepared: PreparedControlPlane, after: String, in bench: Bench) throws {
        self.prepared = prepared
        let keys = bench.path("keys-\(prepared.size.instances).sqlite3")
        try bench.remove(keys)
        let roots = [
            ("gone_instance", "wireguard_wireguardinstance", "uuid"), ("gone_rule", "firewall_firewallrule", "uuid"),
            ("gone_group", "wireguard_peergroup", "uuid"), ("gone_session", "django_session", "session_key"),
            ("gone_user", "auth_user", "id"),
        ]
        let attach = "ATTACH '\(prepared.database)' AS before; ATTACH '\(after)' AS after;"
        let copies = roots.map { name, table, key in
            "CREATE TABLE \(name) AS SELECT \(key) AS key FROM before.\(table) "
                + "WHERE \(key) NOT IN (SELECT \(key) FROM after.\(table));"
        }
        let peers = """
            CREATE TABLE gone_peer AS SELECT uuid AS key FROM before.wireguard_peer
            WHERE wireguard_instance_id IN (SELECT key FROM gone_instance);
            """
        _ = try Child.run(["sqlite3", "-bail", keys, ([attach] + copies + [peers]).joined(separator: "\n")])

        let tables = roots.map(\.0) + ["gone_peer"]
        let settings = """
            PRAGMA foreign_keys = ON; PRAGMA synchronous = EXTRA; PRAGMA temp_store = MEMORY;
            PRAGMA cache_size = -262144;
            ATTACH '\(keys)' AS keys;
            """
        let temporary = tables.map { "CREATE TEMP TABLE \($0) AS SELECT key FROM keys.\($0) ORDER BY key;" }
        let deletions = String(decoding: PackageResources.limit_sql, as: UTF8.self)
        let text = ([settings] + temporary + ["DETACH keys;", ".timer on", deletions]).joined(separator: "\n")
        script = try Script.place(Array(text.utf8), as: "limit-\(prepared.size.instances).sql", in: bench)
    }

    /// The time of the transaction from BEGIN to COMMIT on a fresh copy, as the shell reports it.
    func milliseconds() throws -> Double {
        let copy = try prepared.copy(withConfigs: false)
        let output = try Child.run(["sqlite3", "-bail", copy.database], input: script).output
        let times = output.split(separator: "\n").compactMap { line -> Double? in
            guard line.hasPrefix("Run Time: real ") else { return nil }
            return line.split(separator: " ").dropFirst(3).first.flatMap { Double($0) }
        }
        return times.reduce(0, +) * 1_000
    }

    /// The tables whose rows differ between two databases, apart from the journal.
    private static func differences(_ first: String, _ second: String) throws -> [String] {
        let names = try Child.output(
            of: "sqlite3", first,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'wg_reconcile%' ORDER BY name")
        let queries = names.split(separator: "\n").map { name in
            """
            SELECT '\(name)' WHERE EXISTS (SELECT * FROM main."\(name)" EXCEPT SELECT * FROM other."\(name)")
                OR (SELECT count(*) FROM main."\(name)") <> (SELECT count(*) FROM other."\(name)");
            """
        }
        let attach = "ATTACH '\(second)' AS other;"
        return try Child.output(of: "sqlite3", "-bail", first, ([attach] + queries).joined(separator: "\n"))
            .split(separator: "\n").map(String.init)
    }
}

/// The limit and a run did not delete the same rows, so a comparison would be meaningless.
struct NotTheSameRows: Error, CustomStringConvertible {
    var differences: [String]
    var description: String { "limit and run differ: " + differences.joined(separator: ", ") }
}
