import Journal
import Removal

/// A member of the report that earlier versions of the program did not write. Where it is absent or null, it is read as
/// its ``EmptyWhenAbsent/whenAbsent``.
@propertyWrapper
struct AddedMember<Value: EmptyWhenAbsent>: Codable, Equatable, Sendable {
    var wrappedValue: Value

    init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

    init(from decoder: any Decoder) throws { wrappedValue = try Value(from: decoder) }

    func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}

protocol EmptyWhenAbsent: Codable, Equatable, Sendable {
    static var whenAbsent: Self { get }
}

extension RunCommandName: EmptyWhenAbsent {
    package static var whenAbsent: Self { .run }
}

extension Bool: EmptyWhenAbsent {
    static var whenAbsent: Bool { false }
}

extension RunRecord.PlannedRemovalsRecord: EmptyWhenAbsent {
    static var whenAbsent: Self { Self() }
}

extension KeyedDecodingContainer {
    /// The synthesised `Decodable` conformances call this overload for an added member.
    func decode<Value>(_ type: AddedMember<Value>.Type, forKey key: Key) throws -> AddedMember<Value> {
        try decodeIfPresent(type, forKey: key) ?? AddedMember(wrappedValue: .whenAbsent)
    }
}
