import ArgumentParser

/// A value that the program describes when it refuses a text.
protocol DescribedValue: ExpressibleByArgument, Sendable {
    /// What a text has to be, after "it is not": `a whole number from 0 to 9`.
    static var accepted: String { get }
}

/// A text that an option does not take.
struct RefusedText: Error, CustomStringConvertible {
    var accepted: String

    var description: String { "it is not \(accepted)" }
}

extension DescribedValue {
    /// - Throws: ``RefusedText``, which ArgumentParser shows behind the option's name.
    @Sendable fileprivate static func parse(_ text: String) throws -> Self {
        guard let value = Self(argument: text) else { throw RefusedText(accepted: accepted) }
        return value
    }
}

extension Option {
    /// An option whose error says what it accepts.
    init<Described: DescribedValue>(help: ArgumentHelp? = nil) where Value == Described? {
        self.init(help: help, transform: Described.parse)
    }

    /// The same with a default, which the help shows.
    init(wrappedValue: Value, help: ArgumentHelp? = nil) where Value: DescribedValue {
        var help = help
        // ArgumentParser shows no default beside a transform.
        help?.abstract += " (default: \(wrappedValue))"
        self.init(wrappedValue: wrappedValue, help: help, transform: Value.parse)
    }

    /// The same for an option that can be repeated.
    init<Described: DescribedValue>(wrappedValue: [Described], help: ArgumentHelp? = nil)
    where Value == [Described] {
        self.init(wrappedValue: wrappedValue, help: help, transform: Described.parse)
    }
}

// MARK: Numbers

protocol WholeNumber: DescribedValue, CustomStringConvertible {
    /// The largest `Int` for no upper limit.
    static var range: ClosedRange<Int> { get }
    init(_ value: Int)
    var value: Int { get }
}

extension WholeNumber {
    init?(argument: String) {
        guard let value = Int(argument), Self.range.contains(value) else { return nil }
        self.init(value)
    }

    static var accepted: String {
        range.upperBound == .max
            ? "a whole number, at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }

    var description: String { "\(value)" }
}

struct PositiveNumber: WholeNumber {
    static let range = 1...Int.max
    let value: Int
    init(_ value: Int) { self.value = value }
}

struct Count: WholeNumber {
    static let range = 0...Int.max
    let value: Int
    init(_ value: Int) { self.value = value }
}

/// The largest packet on an interface, from what every IPv4 host accepts.
struct MTU: WholeNumber {
    static let range = 576...65_535
    let value: Int
    init(_ value: Int) { self.value = value }
}

/// A number of days, up to a hundred years.
struct Days: WholeNumber {
    static let range = 1...36_500
    let value: Int
    init(_ value: Int) { self.value = value }
}

/// The same, or 0.
struct DaysOrNone: WholeNumber {
    static let range = 0...36_500
    let value: Int
    init(_ value: Int) { self.value = value }
}

protocol DecimalNumber: DescribedValue, CustomStringConvertible {
    static var range: ClosedRange<Int> { get }
    init(_ value: Double)
    var value: Double { get }
}

extension DecimalNumber {
    init?(argument: String) {
        guard let value = Double(argument), value >= Double(Self.range.lowerBound),
            value <= Double(Self.range.upperBound)
        else { return nil }
        self.init(value)
    }

    static var accepted: String { "a number from \(range.lowerBound) to \(range.upperBound)" }

    var description: String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
}

/// A duration, up to a day.
struct Seconds: DecimalNumber {
    static let range = 0...86_400
    let value: Double
    init(_ value: Double) { self.value = value }
}

struct Hours: DecimalNumber {
    static let range = 0...1_000_000
    let value: Double
    init(_ value: Double) { self.value = value }
}

struct Percent: DecimalNumber {
    static let range = 0...100
    let value: Double
    init(_ value: Double) { self.value = value }
}

/// A number of bytes. The suffixes `k`, `M` and `G` multiply by powers of 1,024.
struct ByteCount: DescribedValue, CustomStringConvertible {
    static let accepted = "a whole number of bytes, at least 1, which k, M or G may follow"
    private static let units: KeyValuePairs<Character, Int> = ["G": 1 << 30, "M": 1 << 20, "k": 1 << 10, "K": 1 << 10]

    let value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        let unit = Self.units.first { $0.key == argument.last }?.value
        guard let number = Int(unit == nil ? argument[...] : argument.dropLast()), number >= 1 else { return nil }
        let (value, isTooLarge) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !isTooLarge else { return nil }
        self.value = value
    }

    var description: String {
        let unit = Self.units.first { value.isMultiple(of: $0.value) }
        return unit.map { "\(value / $0.value)\($0.key)" } ?? "\(value)"
    }
}
