import Foundation
import GRDB
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Removal
@testable import Report
@testable import WireGuard

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

    /// The many-to-many tables and the references that may be NULL, by the names of ``EmptyRelation``.
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
        return try queue.read { db in
            var relations: Set<String> = []
            for table in try SchemaFixture.tables(db) where !table.hasPrefix("wg_reconcile") {
                let references = try String.fetchAll(
                    db, sql: "SELECT \"from\" FROM pragma_foreign_key_list(?)", arguments: [table])
                let columns = try Row.fetchAll(
                    db, sql: "SELECT name, \"notnull\" FROM pragma_table_info(?)", arguments: [table])
                if references.count == 2, Set(columns.map { $0[0] as String }) == Set(references + ["id"]) {
                    relations.insert(table)
                }
                for column in columns where references.contains(column[0]) && (column[1] as Int) == 0 {
                    relations.insert("\(table).\(column[0] as String)")
                }
            }
            return relations
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
