import Support

/// Reads values that are not containers, and skips any value.
extension JSONScanner {
    /// Reads a value as the value of a field.
    package mutating func fieldValue() throws(FeedFlaw) -> FieldValue {
        let start = offset
        if isAt("\"") { return value(of: try string()) }
        let isNumber = next.map { $0.isDigit || $0 == UInt8(ascii: "-") } ?? false
        let container: String? = isAt("{") ? "{…}" : isAt("[") ? "[…]" : nil
        try skipValue()
        if let container { return .other(container) }
        guard offset - start <= FieldValue.longest else { return .cut(bytes[start..<offset]) }
        let spelling = String(decoding: bytes[start..<offset], as: UTF8.self)
        return isNumber ? .number(spelling) : spelling == "null" ? .null : .other(spelling)
    }

    /// Skips a value of any kind. Checks its syntax, and its objects for repeated keys.
    package mutating func skipValue() throws(FeedFlaw) {
        switch next.map(Unicode.Scalar.init) {
        case "{":
            var object = try openObject()
            while try nextKey(in: &object) != nil { try skipValue() }
        case "[":
            var array = try openArray()
            while try nextElement(in: &array) { try skipValue() }
        case "\"": _ = try string()
        case "t": try literal("true")
        case "f": try literal("false")
        case "n": try literal("null")
        case "N" where dialect == .python: try literal("NaN")
        case "I" where dialect == .python: try literal("Infinity")
        case "-":
            if dialect == .python, offset + 1 < end, bytes[offset + 1] == UInt8(ascii: "I") {
                try literal("-Infinity")
            } else {
                try number()
            }
        default:
            guard let next, next.isDigit else { throw flaw(expecting: "a value") }
            try number()
        }
    }

    private mutating func literal(_ word: String) throws(FeedFlaw) {
        let start = offset
        for letter in word.utf8 {
            guard let next else { throw flaw(expecting: word) }
            guard next == letter else {
                offset = start
                throw flaw(expecting: word)
            }
            offset += 1
        }
    }

    private mutating func number() throws(FeedFlaw) {
        if isAt("-") { offset += 1 }
        if isAt("0") {
            // No digit may follow a zero. In `01` the caller finds the 1 where it expects a comma.
            offset += 1
        } else {
            try digits()
        }
        if isAt(".") {
            offset += 1
            try digits()
        }
        if isAt("e") || isAt("E") {
            offset += 1
            if isAt("+") || isAt("-") { offset += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(FeedFlaw) {
        guard let first = next, first.isDigit else { throw flaw(expecting: "a digit") }
        while let digit = next, digit.isDigit { offset += 1 }
    }
}
