import Feed
import Support

/// Reads the values that an account consists of.
extension AccountLine {
    /// Walks through an object. Calls `read` for each member that `Name` knows, with the scanner at the member's value.
    mutating func members<Name: RawRepresentable>(
        _: Name.Type, _ read: (inout AccountLine, Name) throws -> Void
    ) throws where Name.RawValue == String {
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            if let name = Name(rawValue: scanner.text(of: key)) {
                try read(&self, name)
            } else {
                try scanner.skipValue()
            }
        }
    }

    mutating func text(_ member: some RawRepresentable<String>) throws -> String {
        guard case .text(let text) = try scanner.fieldValue() else {
            throw ReportFlaw.wrong(member.rawValue, expected: "a string")
        }
        return text
    }

    mutating func optionalText(_ member: some RawRepresentable<String>) throws -> String? {
        try takeNull() ? nil : text(member)
    }

    mutating func number(_ member: some RawRepresentable<String>) throws -> Int {
        guard case .number(let spelling) = try scanner.fieldValue(), let number = Int(spelling) else {
            throw ReportFlaw.wrong(member.rawValue, expected: "a whole number")
        }
        return number
    }

    mutating func optionalNumber(_ member: some RawRepresentable<String>) throws -> Int? {
        try takeNull() ? nil : number(member)
    }

    mutating func optionalFlag(_ member: some RawRepresentable<String>) throws -> Bool? {
        switch try scanner.fieldValue() {
        case .null: nil
        case .other("true"): true
        case .other("false"): false
        default: throw ReportFlaw.wrong(member.rawValue, expected: "true, false or null")
        }
    }

    mutating func echoed(_ member: some RawRepresentable<String>) throws -> EchoedValue? {
        switch try scanner.fieldValue() {
        case .null: nil
        case .text(let text): .text(text)
        case .number(let spelling): .number(spelling)
        case .other, .missing, .tooLong: throw ReportFlaw.wrong(member.rawValue, expected: "a string, a number or null")
        }
    }

    mutating func time(_ member: some RawRepresentable<String>) throws -> EffectiveTime? {
        guard let text = try optionalText(member) else { return nil }
        guard let time = EffectiveTime(text) else {
            throw ReportFlaw.wrong(member.rawValue, expected: "a time or a date")
        }
        return time
    }

    mutating func moment(_ member: some RawRepresentable<String>) throws -> UTCTime? {
        guard let text = try optionalText(member) else { return nil }
        guard let time = UTCTime(rfc3339: text) else { throw ReportFlaw.wrong(member.rawValue, expected: "a time") }
        return time
    }

    mutating func texts(_ member: some RawRepresentable<String>) throws -> [String] {
        var texts: [String] = []
        var list = try scanner.openArray()
        while try scanner.nextElement(in: &list) { texts.append(try text(member)) }
        return texts
    }

    mutating func rows(_ member: some RawRepresentable<String>) throws -> [String: Int] {
        var rows: [String: Int] = [:]
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) { rows[scanner.text(of: key)] = try number(member) }
        return rows
    }

    /// Whether the value is null. If so, the scanner moves past it.
    mutating func takeNull() throws -> Bool {
        guard scanner.isAt("n") else { return false }
        try scanner.skipValue()
        return true
    }
}
