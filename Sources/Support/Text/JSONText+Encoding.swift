/// The names of an object's members, in the order in which ``JSONText`` writes them. All of them are written; a member
/// without a value is null.
package protocol JSONMembers: CodingKey, CaseIterable {
    /// How the value of the member is laid out.
    var layout: JSONText.Layout { get }
}

extension JSONMembers {
    package var layout: JSONText.Layout { .inline }

    fileprivate static var all: [(name: String, layout: JSONText.Layout)] {
        allCases.map { ($0.stringValue, $0.layout) }
    }
}

extension JSONText {
    /// Writes a value as its `Codable` conformance encodes it: integers, flags and text, and arrays and objects of
    /// these.
    ///
    /// Foundation's encoder does not keep the order of the members and leaves out those that are nil. The encoded value
    /// is in memory as a whole, so this is not for long lists.
    package mutating func value(encoding value: some Encodable, _ layout: Layout = .inline) {
        let encoded = EncodedValue()
        do {
            try encoded.set(value)
        } catch {
            // Only a type that cannot be written at all comes here, such as one with a `Double`. No data does.
            preconditionFailure("\(error)")
        }
        write(encoded, layout)
    }

    package mutating func member(_ name: StaticString, _ layout: Layout = .inline, encoding value: some Encodable) {
        key(name)
        self.value(encoding: value, layout)
    }

    private mutating func write(_ encoded: EncodedValue, _ layout: Layout) {
        switch encoded.content {
        case .null: null()
        case .text(let text): value(text)
        case .number(let number): value(number)
        case .flag(let flag): value(flag)
        case .array(let elements):
            array(layout) { json in
                for element in elements { json.write(element, .inline) }
            }
        case .object(let members):
            object(layout) { json in
                for member in members {
                    json.key(escaping: member.name)
                    json.write(member.value, member.layout)
                }
            }
        }
    }
}

/// A value that is being encoded. A class, because the containers of `Codable` fill it after they are handed out.
private final class EncodedValue: Encoder {
    enum Content {
        case null
        case text(String)
        case number(Int)
        case flag(Bool)
        case array([EncodedValue])
        case object([(name: String, layout: JSONText.Layout, value: EncodedValue)])
    }

    var content = Content.null
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func set(_ value: some Encodable) throws {
        switch value {
        case let text as String: content = .text(text)
        case let flag as Bool: content = .flag(flag)
        case let number as any BinaryInteger:
            guard let number = Int(exactly: number) else { throw unsupported(value) }
            content = .number(number)
        case is Double, is Float: throw unsupported(value)
        default: try value.encode(to: self)
        }
    }

    private func unsupported(_ value: Any) -> EncodingError {
        EncodingError.invalidValue(value, EncodingError.Context(codingPath: [], debugDescription: "not for a report"))
    }

    /// The value of a member, which is added if it is new.
    func member(_ name: String, _ layout: JSONText.Layout = .inline) -> EncodedValue {
        var members = if case .object(let members) = content { members } else { [] as [Member] }
        if let known = members.first(where: { $0.name == name }) { return known.value }
        let value = EncodedValue()
        members.append((name, layout, value))
        content = .object(members)
        return value
    }

    private typealias Member = (name: String, layout: JSONText.Layout, value: EncodedValue)

    func element() -> EncodedValue {
        let elements = if case .array(let elements) = content { elements } else { [] as [EncodedValue] }
        let value = EncodedValue()
        content = .array(elements + [value])
        return value
    }

    // MARK: Encoder

    func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
        // Several containers of one value add up to one object.
        if case .object = content {} else { content = .object([]) }
        for (name, layout) in (Key.self as? any JSONMembers.Type)?.all ?? [] { _ = member(name, layout) }
        return KeyedEncodingContainer(EncodedMembers(object: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        content = .array([])
        return EncodedElements(array: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { EncodedSingleValue(value: self) }
}

private struct EncodedMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let object: EncodedValue
    var codingPath: [any CodingKey] { [] }

    private func value(_ key: Key) -> EncodedValue { object.member(key.stringValue) }

    func encodeNil(forKey key: Key) { value(key).content = .null }
    func encode(_ encoded: some Encodable, forKey key: Key) throws { try value(key).set(encoded) }
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { value(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { value(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { object.member("super") }
    func superEncoder(forKey key: Key) -> any Encoder { value(key) }
}

private struct EncodedElements: UnkeyedEncodingContainer {
    let array: EncodedValue
    var codingPath: [any CodingKey] { [] }
    var count: Int { if case .array(let elements) = array.content { elements.count } else { 0 } }

    func encodeNil() { array.element().content = .null }
    func encode(_ encoded: some Encodable) throws { try array.element().set(encoded) }
    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        array.element().container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { array.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { array.element() }
}

private struct EncodedSingleValue: SingleValueEncodingContainer {
    let value: EncodedValue
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { value.content = .null }
    func encode(_ encoded: some Encodable) throws { try value.set(encoded) }
}
