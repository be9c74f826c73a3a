import Foundation
import GRDB

/// The schema of one state of the application, from `fixtures/schema`, in parts that a test can take away or add to.
package struct StateSchema {
    package struct Table {
        /// By name, in the order of their declaration: the whole declaration of the column.
        package var columns: [(name: String, declaration: String)]
        package var constraints: [String]

        package init(columns: [(name: String, declaration: String)], constraints: [String]) {
            (self.columns, self.constraints) = (columns, constraints)
        }
    }

    package static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Fixtures.path("schema"))) ?? []
        return files.filter { $0.hasSuffix(".sql") && $0.contains("-") }.map { String($0.dropLast(4)) }.sorted()
    }()

    package var tables: [String: Table] = [:]
    private var indexes: [String] = []

    package init(_ name: String) throws {
        let text = try String(contentsOfFile: Fixtures.path("schema/\(name).sql"), encoding: .utf8)
        for statement in text.split(separator: "\n") {
            guard let match = statement.firstMatch(of: #/^CREATE TABLE IF NOT EXISTS "(\w+)" \((.*)\);$/#) else {
                indexes.append(String(statement))
                continue
            }
            var table = Table(columns: [], constraints: [])
            for part in Self.parts(match.2) {
                if let column = part.firstMatch(of: #/^"(\w+)" /#) {
                    table.columns.append((String(column.1), part))
                } else {
                    table.constraints.append(part)
                }
            }
            tables[String(match.1)] = table
        }
    }

    /// What stands between the commas that are in no parentheses.
    private static func parts(_ list: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        for character in list {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == "," && depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    package func has(_ table: String, _ column: String? = nil) -> Bool {
        guard let found = tables[table] else { return false }
        return column == nil || found.columns.contains { $0.name == column }
    }

    /// Makes the tables; and the indexes, but for those of columns that were taken away.
    package func create(in db: Database) throws {
        for (name, table) in tables.sorted(by: { $0.key < $1.key }) {
            let parts = table.columns.map(\.declaration) + table.constraints
            try db.execute(sql: "CREATE TABLE \"\(name)\" (\(parts.joined(separator: ", ")))")
        }
        for index in indexes {
            guard let match = index.firstMatch(of: #/ ON "(\w+)" \(([^)]*)\)/#), let table = tables[String(match.1)]
            else { continue }
            let columns = index.matches(of: #/"(\w+)"/#).map { String($0.1) }.dropFirst(2)
            if columns.allSatisfy({ name in table.columns.contains { $0.name == name } }) { try db.execute(sql: index) }
        }
    }

    /// A new database with these tables, and nothing in them.
    package func create(at path: String) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write { try create(in: $0) }
        try queue.close()
    }
}
