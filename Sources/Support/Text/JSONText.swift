/// Writes JSON byte by byte. Members keep the order in which they are given.
///
/// Foundation's encoder builds the whole document first; for a million accounts that takes longer than removing them. A
/// caller that writes a long document takes ``bytes`` out from time to time.
///
/// In addition to what RFC 8259 requires, DEL, the C1 controls, U+2028 and U+2029 are escaped. Text from a feed can
/// then neither control a terminal nor confuse a tool that reads lines.
package struct JSONText {
    /// How an object or an array is laid out.
    package enum Layout {
        /// Everything on one line.
        case inline
        /// One member per line, indented by two spaces per level.
        case lines
    }

    /// The bytes that were written and not yet taken out.
    package var bytes: [UInt8] = []
    private var commaIsDue = false
    /// Whether a key was written and its value was not.
    private var keyIsOpen = false
    private var layout = Layout.inline
    private var depth = 0

    package init() {}

    // MARK: Values

    package mutating func value(_ text: String) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.appendJSONEscaped(text)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func value(_ number: Int) {
        beginValue()
        bytes.appendDecimal(number)
    }

    package mutating func value(_ flag: Bool) {
        beginValue()
        bytes.append(flag ? "true" : "false")
    }

    package mutating func null() {
        beginValue()
        bytes.append("null")
    }

    /// A number in its original spelling. A spelling that is not a JSON number is written as a string.
    package mutating func number(spelled spelling: String) {
        guard Self.isNumber(spelling) else { return value(spelling) }
        beginValue()
        bytes.append(text: spelling)
    }

    package mutating func object<Failure: Error>(
        _ layout: Layout = .inline, _ members: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        try nest(opening: "{", closing: "}", layout, members)
    }

    package mutating func array<Failure: Error>(
        _ layout: Layout = .inline, _ elements: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        try nest(opening: "[", closing: "]", layout, elements)
    }

    package mutating func array(_ layout: Layout = .inline, of texts: some Sequence<String>) {
        array(layout) { json in
            for text in texts {
                json.value(text)
            }
        }
    }

    // MARK: Members

    /// The name of the member whose value is written next. It is not escaped, so it must need no escape.
    package mutating func key(_ name: StaticString) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(name)
        endKey()
    }

    /// The same for a name that is not a literal.
    package mutating func key(plain name: String) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(text: name)
        endKey()
    }

    /// The name of the next member, escaped. For names from outside the program.
    package mutating func key(escaping name: String) {
        beginValue()
        bytes.append(UInt8(ascii: "\""))
        bytes.appendJSONEscaped(name)
        endKey()
    }

    package mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ number: Int?) {
        key(name)
        if let number { value(number) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ flag: Bool?) {
        key(name)
        if let flag { value(flag) } else { null() }
    }

    package mutating func member(_ name: StaticString, _ texts: [String], _ layout: Layout = .inline) {
        key(name)
        array(layout, of: texts)
    }

    package mutating func member<Failure: Error>(
        _ name: StaticString, _ layout: Layout = .inline, object members: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        key(name)
        try object(layout, members)
    }

    // MARK: Layout

    /// Ends the document with a line end.
    package mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
    }

    private mutating func beginValue() {
        if commaIsDue {
            bytes.append(UInt8(ascii: ","))
        }
        if layout == .lines && (commaIsDue || !keyIsOpen) {
            breakLine()
        }
        commaIsDue = true
        keyIsOpen = false
    }

    private mutating func endKey() {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        if layout == .lines {
            bytes.append(UInt8(ascii: " "))
        }
        commaIsDue = false
        keyIsOpen = true
    }

    private mutating func nest<Failure: Error>(
        opening: Unicode.Scalar, closing: Unicode.Scalar, _ layout: Layout,
        _ body: (inout JSONText) throws(Failure) -> Void
    ) throws(Failure) {
        beginValue()
        bytes.append(UInt8(ascii: opening))
        let outerLayout = self.layout
        (self.layout, commaIsDue, depth) = (layout, false, depth + 1)
        try body(&self)
        depth -= 1
        if layout == .lines && commaIsDue {
            breakLine()
        }
        (self.layout, commaIsDue, keyIsOpen) = (outerLayout, true, false)
        bytes.append(UInt8(ascii: closing))
    }

    private mutating func breakLine() {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<depth {
            bytes.append("  ")
        }
    }
}
