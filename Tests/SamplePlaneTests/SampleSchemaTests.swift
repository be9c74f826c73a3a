import Foundation
import GRDB
import TestSupport
import Testing

@testable import SamplePlane

@Suite("The schema in the program")
struct SampleSchemaTests {
    /// The repository's `fixtures` folder.
    private let fixtures = URL(fileURLWithPath: Fixtures.path(""))

    /// What SQLite knows of each table: columns, references and indexes, without names that it makes up itself.
    private func meaning(of queue: DatabaseQueue) throws -> [String: [String]] {
        try queue.read { db in
            let tables = try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'")
            var meaning: [String: [String]] = [:]
            for table in tables {
                var lines = try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_xinfo(?)", arguments: [table])
                    .map(\.description)
                lines += try Row.fetchAll(
                    db,
                    sql: """
                        SELECT "table", "from", "to", on_update, on_delete, "match" FROM pragma_foreign_key_list(?)
                        ORDER BY "from"
                        """, arguments: [table]
                ).map(\.description)
                lines += try Row.fetchAll(
                    db,
                    sql: """
                        SELECT CASE l.origin WHEN 'c' THEN l.name END AS name, l."unique", l.origin, l.partial,
                        group_concat(c.name) AS columns
                        FROM pragma_index_list(?) l, pragma_index_info(l.name) c GROUP BY l.name ORDER BY 5, 1, 2
                        """, arguments: [table]
                ).map(\.description)
                meaning[table] = lines
            }
            return meaning
        }
    }

    /// CREATE statements without white space: checks, defaults and DEFERRABLE, which no pragma tells.
    private func statements(of queue: DatabaseQueue) throws -> Set<String> {
        try queue.read { db in
            let statements = try String.fetchAll(db, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
            return Set(statements.map { $0.filter { !$0.isWhitespace } })
        }
    }

    @Test("is that of a database that the application made")
    func isTheApplications() throws {
        let made = try DatabaseQueue()
        try made.inDatabase { try $0.execute(sql: SampleSchema.year2025) }
        var configuration = Configuration()
        configuration.readonly = true
        let original = try DatabaseQueue(
            path: fixtures.appendingPathComponent("reference/2025/before.sqlite3").path, configuration: configuration)
        #expect(try meaning(of: original).count > 35)
        #expect(try meaning(of: made) == meaning(of: original))
        #expect(try statements(of: made) == statements(of: original))
    }

    @Test("is the one in fixtures")
    func isTheFixture() throws {
        let fixture = try String(
            contentsOf: fixtures.appendingPathComponent("schema/2025.sql"), encoding: .utf8)
        #expect(fixture == SampleSchema.year2025)
    }
}
