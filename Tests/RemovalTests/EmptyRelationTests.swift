import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Removal

@Suite("What an empty relation means")
struct EmptyRelationTests {
    /// Every schema in `fixtures`: databases, and those that stand there as SQL.
    private static let schemas: [String] = {
        let root = Fixtures.path("")
        let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return files.filter { file in
            file.hasSuffix(".sqlite3")
                || file.hasSuffix(".sql") && (file.hasPrefix("schema/") || file.hasSuffix("-schema.sql"))
        }.sorted()
    }()

    /// The many-to-many tables, with or without columns of their own, and the references that may be NULL, by the names of ``EmptyRelation``.
    private func relations(of schema: String) throws -> Set<String> {
        let path = Fixtures.path(schema)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        let queue: DatabaseQueue
        if schema.hasSuffix(".sql") {
            queue = try DatabaseQueue(configuration: configuration)
            try queue.write { try $0.execute(sql: String(contentsOfFile: path, encoding: .utf8)) }
        } else {
            configuration.readonly = true
            queue = try DatabaseQueue(path: path, configuration: configuration)
        }
        return try queue.read(Self.relations)
    }

    private static func relations(in db: Database) throws -> Set<String> {
        var relations: Set<String> = []
        for table in try SchemaFixture.tables(db) where !table.hasPrefix("wg_reconcile") {
            let references = try String.fetchAll(
                db, sql: "SELECT \"from\" FROM pragma_foreign_key_list(?)", arguments: [table])
            let columns = try Row.fetchAll(
                db, sql: "SELECT name, \"notnull\" FROM pragma_table_info(?)", arguments: [table])
            let required = Set(references).intersection(columns.filter { ($0[1] as Int) != 0 }.map { $0[0] })
            let isSmall = columns.count <= references.count + 3
            if required.count >= 2, try isSmall || isUnique(pairOf: required, in: table, db) {
                relations.insert(table)
            }
            for column in columns where references.contains(column[0]) && (column[1] as Int) == 0 {
                relations.insert("\(table).\(column[0] as String)")
            }
        }
        return relations
    }

    /// Whether no two rows may have the same two of these references.
    private static func isUnique(pairOf references: Set<String>, in table: String, _ db: Database) throws -> Bool {
        try db.indexes(on: table).contains { index in
            index.isUnique && index.columns.count == 2 && references.isSuperset(of: index.columns)
        }
    }

    @Test("is asked of a table between two others that has columns of its own")
    func throughTable() throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY);
                    CREATE TABLE plain (id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a, b NOT NULL REFERENCES b);
                    CREATE TABLE dated (
                        id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a, b NOT NULL REFERENCES b, created TEXT);
                    CREATE TABLE wide (
                        id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a, b NOT NULL REFERENCES b, created TEXT,
                        updated TEXT, name TEXT, uuid TEXT, UNIQUE (a, b));
                    CREATE TABLE thing (
                        id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a, b NOT NULL REFERENCES b, created TEXT,
                        updated TEXT, name TEXT, uuid TEXT UNIQUE);
                    """)
            #expect(try Self.relations(in: db) == ["plain", "dated", "wide"])
        }
    }

    @Test("is said of each relation of each schema", arguments: schemas)
    func isSaid(schema: String) throws {
        let unsaid = try relations(of: schema).subtracting(EmptyRelation.all.map(\.name))
        #expect(unsaid.isEmpty, "say in EmptyRelation what it means and what a removal does: \(unsaid.sorted())")
    }

    @Test("is said once, and of none that there never was")
    func isSaidOnce() throws {
        let names = EmptyRelation.all.map(\.name)
        #expect(Set(names).count == names.count)
        let known = try Self.schemas.reduce(into: Set<String>()) { $0.formUnion(try relations(of: $1)) }
        #expect(Set(names).subtracting(known) == [])
        #expect(known.count > 15)
    }

    /// Whoever changes the cascade has to look at what is said.
    @Test("is nothing where a removal leaves the table alone")
    func untouched() {
        for relation in EmptyRelation.all {
            let table = relation.name.split(separator: ".")[0]
            #expect(
                Cascade.tables.contains(String(table)) != relation.handling.hasPrefix("Untouched"), "\(relation.name)")
        }
    }
}
