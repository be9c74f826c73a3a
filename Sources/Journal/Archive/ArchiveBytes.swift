import ControlPlane

/// The form in which an account's archive is stored, before it is compressed: a byte for the version, then items, each
/// with a byte for its kind.
///
/// Whole numbers are written in groups of seven bits, the lowest first, and the sign in the lowest bit of the first
/// group. Texts and blobs are preceded by their length.
package struct ArchiveBytes: Sendable {
    private static let version: UInt8 = 1

    private enum Item: UInt8 {
        case row = 1
        case reference, restrictedACL, disabledKey, file
    }
    private enum Value: UInt8 {
        case null = 0
        case integer, real, text, blob
    }

    package private(set) var bytes: [UInt8] = [version]

    package init() {}

    package var isEmpty: Bool { bytes.count == 1 }

    // MARK: Writing

    /// A deleted row of the table at `index` of the layout, with `count` columns from `first` on.
    package mutating func append(
        table index: Int, rowID: Int64, _ row: HeldRow, from first: Int32, count: Int
    ) {
        bytes.append(Item.row.rawValue)
        append(Int64(index))
        append(rowID)
        for column in first..<first + Int32(count) { append(row, column) }
    }

    package mutating func append(_ reference: ArchivedAccount.Reference) {
        bytes.append(Item.reference.rawValue)
        append(Array(reference.table.utf8))
        append(Array(reference.key.utf8))
        append(reference.keyValue)
        append(Array(reference.column.utf8))
        append(reference.value)
    }

    package mutating func append(restrictedACL uuid: String) {
        bytes.append(Item.restrictedACL.rawValue)
        append(Array(uuid.utf8))
    }

    package mutating func append(disabledKey id: Int64) {
        bytes.append(Item.disabledKey.rawValue)
        append(id)
    }

    package mutating func append(_ file: ArchivedAccount.File) {
        bytes.append(Item.file.rawValue)
        append(Array(file.name.utf8))
        append(Int64(file.mode))
        append(file.content)
    }

    /// The same for what was read. A row of a table or with a column that is not in the layout is left out.
    package init(_ account: ArchivedAccount, _ layout: ArchiveLayout) {
        let indices = Dictionary(uniqueKeysWithValues: layout.tables.enumerated().map { ($1.name, $0) })
        for row in account.rows {
            guard let index = indices[row.table] else { continue }
            bytes.append(Item.row.rawValue)
            append(Int64(index))
            append(row.rowID)
            for column in layout.tables[index].columns { append(row.values[column] ?? .null) }
        }
        for reference in account.references { append(reference) }
        for uuid in account.restrictedACLs { append(restrictedACL: uuid) }
        for id in account.disabledKeys { append(disabledKey: id) }
    }

    private mutating func append(_ row: HeldRow, _ column: Int32) {
        switch row.kind(column) {
        case .text, .blob:
            bytes.append((row.kind(column) == .text ? Value.text : .blob).rawValue)
            let content = row.bytes(column)
            append(Int64(content?.count ?? 0))
            if let content { bytes.append(contentsOf: content) }
        case .null, .integer, .real: append(StoredValue(row, column))
        }
    }

    private mutating func append(_ value: StoredValue) {
        switch value {
        case .null: bytes.append(Value.null.rawValue)
        case .integer(let number):
            bytes.append(Value.integer.rawValue)
            append(number)
        case .real(let bits):
            bytes.append(Value.real.rawValue)
            for shift in stride(from: 0, to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
            }
        case .text(let content), .blob(let content):
            if case .text = value { bytes.append(Value.text.rawValue) } else { bytes.append(Value.blob.rawValue) }
            append(content)
        }
    }

    private mutating func append(_ content: [UInt8]) {
        append(Int64(content.count))
        bytes += content
    }

    private mutating func append(_ number: Int64) {
        var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    // MARK: Reading

    /// The bytes do not have the form in which this program writes them.
    package struct Damaged: Error, CustomStringConvertible {
        package var description: String { "the archive in the journal is damaged" }
    }

    /// - Throws: ``Damaged``.
    package static func account(_ bytes: [UInt8], _ layout: ArchiveLayout) throws(Damaged) -> ArchivedAccount {
        var reader = Reader(rest: bytes[...])
        guard try reader.byte() == version else { throw Damaged() }
        var account = ArchivedAccount()
        while !reader.rest.isEmpty {
            switch Item(rawValue: try reader.byte()) {
            case .row:
                let index = Int(try reader.number())
                guard layout.tables.indices.contains(index) else { throw Damaged() }
                let table = layout.tables[index]
                let rowID = try reader.number()
                var values: [String: StoredValue] = [:]
                for column in table.columns { values[column] = try reader.value() }
                account.rows.append(ArchivedAccount.Row(table: table.name, rowID: rowID, values: values))
            case .reference:
                account.references.append(
                    ArchivedAccount.Reference(
                        table: try reader.text(), key: try reader.text(), keyValue: try reader.value(),
                        column: try reader.text(), value: try reader.value()))
            case .restrictedACL: account.restrictedACLs.append(try reader.text())
            case .disabledKey: account.disabledKeys.append(try reader.number())
            case .file:
                account.files.append(
                    ArchivedAccount.File(
                        name: try reader.text(), mode: UInt32(truncatingIfNeeded: try reader.number()),
                        content: try reader.content()))
            case nil: throw Damaged()
            }
        }
        return account
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func byte() throws(Damaged) -> UInt8 {
            guard let byte = rest.popFirst() else { throw Damaged() }
            return byte
        }

        mutating func number() throws(Damaged) -> Int64 {
            var (number, shift) = (UInt64(0), UInt64(0))
            while true {
                let byte = try byte()
                guard shift < 64 else { throw Damaged() }
                number |= UInt64(byte & 0x7F) << shift
                shift += 7
                if byte & 0x80 == 0 { return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1) }
            }
        }

        mutating func content() throws(Damaged) -> [UInt8] {
            let count = try number()
            guard count >= 0, count <= rest.count else { throw Damaged() }
            defer { rest.removeFirst(Int(count)) }
            return Array(rest.prefix(Int(count)))
        }

        mutating func text() throws(Damaged) -> String { String(decoding: try content(), as: UTF8.self) }

        mutating func value() throws(Damaged) -> StoredValue {
            switch Value(rawValue: try byte()) {
            case .null: return .null
            case .integer: return .integer(try number())
            case .real:
                var bits: UInt64 = 0
                for shift in stride(from: 0, to: 64, by: 8) { bits |= UInt64(try byte()) << UInt64(shift) }
                return .real(bits)
            case .text: return .text(try content())
            case .blob: return .blob(try content())
            case nil: throw Damaged()
            }
        }
    }
}
