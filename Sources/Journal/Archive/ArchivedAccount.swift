import Foundation

/// What a removal took from the database for one account, so that it can be put back.
///
/// Sessions and API tokens are not among it: people sign in anew.
package struct ArchivedAccount: Hashable, Sendable {
    /// A deleted row.
    package struct Row: Hashable, Sendable {
        package var table: String
        package var rowID: Int64
        /// The names of the columns, in lower case, and what they held.
        package var values: [String: StoredValue]

        package init(table: String, rowID: Int64, values: [String: StoredValue]) {
            (self.table, self.rowID, self.values) = (table, rowID, values)
        }
    }

    /// A reference that was set to NULL in a row that stayed.
    package struct Reference: Hashable, Sendable {
        package var table: String
        /// The column that identifies the row, and its value.
        package var key: String
        package var keyValue: StoredValue
        package var column: String
        package var value: StoredValue

        package init(table: String, key: String, keyValue: StoredValue, column: String, value: StoredValue) {
            (self.table, self.key, self.keyValue) = (table, key, keyValue)
            (self.column, self.value) = (column, value)
        }
    }

    /// A file that went with an instance and that no row describes.
    package struct File: Hashable, Sendable {
        package var name: String
        /// Its permissions.
        package var mode: UInt32
        package var content: [UInt8]

        package init(name: String, mode: UInt32, content: [UInt8]) {
            (self.name, self.mode, self.content) = (name, mode, content)
        }
    }

    /// In the order in which they were deleted: children before their parents.
    package var rows: [Row] = []
    package var references: [Reference] = []
    /// The ACLs that were given the empty peer group, because they lost their last one.
    package var restrictedACLs: [String] = []
    /// The API keys that were disabled because they lost their last instance.
    package var disabledKeys: [Int64] = []
    package var files: [File] = []

    /// How many things there are to put back, without files: nothing waits for one.
    package var count: Int { rows.count + references.count + restrictedACLs.count + disabledKeys.count }
    package var isEmpty: Bool { count == 0 }

    package init() {}
}

/// The columns of the tables whose rows are archived. It is stored once for many accounts.
package struct ArchiveLayout: Hashable, Sendable, Codable {
    package struct Table: Hashable, Sendable, Codable {
        package var name: String
        package var columns: [String]

        package init(name: String, columns: [String]) { (self.name, self.columns) = (name, columns) }
    }

    package var tables: [Table]

    package init(tables: [Table]) { self.tables = tables }

    /// As the journal keeps it; the same text for the same tables.
    package func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(tables), as: UTF8.self)
    }
}
