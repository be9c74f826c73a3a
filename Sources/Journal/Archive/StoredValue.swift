import ControlPlane
import Foundation
import GRDB

/// A value exactly as SQLite stores it. GRDB's own type reads a text as a `String`, which changes one that is not UTF-8.
package enum StoredValue: Hashable, Sendable {
    case null
    case integer(Int64)
    /// The bits of a number, so that it is the same one afterwards.
    case real(UInt64)
    case text([UInt8])
    case blob([UInt8])

    package init(_ row: HeldRow, _ column: Int32) {
        switch row.kind(column) {
        case .null: self = .null
        case .integer: self = .integer(row.number(column) ?? 0)
        case .real: self = .real((row.real(column) ?? 0).bitPattern)
        case .text: self = .text(row.bytes(column).map(Array.init) ?? [])
        case .blob: self = .blob(row.bytes(column).map(Array.init) ?? [])
        }
    }

    package init(_ text: String) { self = .text(Array(text.utf8)) }

    /// A text that is UTF-8; nil for anything else.
    package var string: String? {
        guard case .text(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    package var isNull: Bool { self == .null }

    /// What stands for the value in a statement. A text is bound as a blob and cast, which leaves its bytes as they are.
    package var placeholder: String { if case .text = self { "CAST(? AS TEXT)" } else { "?" } }

    package var binding: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let bits): Double(bitPattern: bits).databaseValue
        case .text(let bytes), .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
