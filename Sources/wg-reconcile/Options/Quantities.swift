import ArgumentParser

/// A duration on the command line, 0 to a day.
struct Seconds: ExpressibleByArgument {
    var value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0...86_400).contains(value) else { return nil }
        self.value = value
    }
}

/// A number of bytes, at least 1. The suffixes `k`, `M` and `G` multiply by powers of 1,024.
struct ByteCount: ExpressibleByArgument {
    var value: Int

    init?(argument: String) {
        let units: [Character: Int] = ["k": 1 << 10, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = argument.last.flatMap { units[$0] }
        guard let number = Int(unit == nil ? argument[...] : argument.dropLast()), number >= 1 else { return nil }
        let (value, isTooLarge) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !isTooLarge else { return nil }
        self.value = value
    }
}

/// A whole number, at least 1.
struct PositiveNumber: ExpressibleByArgument {
    var value: Int

    init?(argument: String) {
        guard let value = Int(argument), value >= 1 else { return nil }
        self.value = value
    }
}

/// A whole number, at least 0.
struct Count: ExpressibleByArgument {
    var value: Int

    init?(argument: String) {
        guard let value = Int(argument), value >= 0 else { return nil }
        self.value = value
    }
}

/// The largest packet on an interface: from 576, which every IPv4 host accepts, to 65535.
struct MTU: ExpressibleByArgument {
    var value: Int

    init?(argument: String) {
        guard let value = Int(argument), (576...65_535).contains(value) else { return nil }
        self.value = value
    }
}

/// A number of days, 1 to a hundred years.
struct Days: ExpressibleByArgument {
    var value: Int

    init?(argument: String) {
        guard let value = Int(argument), (1...36_500).contains(value) else { return nil }
        self.value = value
    }
}

/// A percentage, 0 to 100.
struct Percent: ExpressibleByArgument {
    var value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0...100).contains(value) else { return nil }
        self.value = value
    }
}
