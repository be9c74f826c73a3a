import Support

/// A piece of the page. Literals are markup. Interpolated values are text and are escaped, so that no text from a feed
/// can become markup.
struct HTML: ExpressibleByStringInterpolation {
    var bytes: [UInt8] = []

    init() {}

    init(stringLiteral markup: String) { bytes.append(text: markup) }

    init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.html.bytes }

    static func += (html: inout HTML, more: HTML) { html.bytes += more.bytes }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html = HTML()

        init(literalCapacity: Int, interpolationCount: Int) { html.bytes.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ markup: String) { html.bytes.append(text: markup) }

        /// Text, with invisible characters spelled out.
        mutating func appendInterpolation(_ text: String) { html.bytes.appendHTMLEscaped(text.spellingOutInvisible) }

        /// A number with its thousands grouped.
        mutating func appendInterpolation(_ number: Int) { html.bytes.append(text: number.grouped) }

        mutating func appendInterpolation(_ piece: HTML) { html += piece }

        mutating func appendInterpolation(_ pieces: [HTML]) { for piece in pieces { html += piece } }
    }
}

extension [UInt8] {
    /// Appends text, escaped for use between tags or in a quoted attribute.
    fileprivate mutating func appendHTMLEscaped(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): append("&amp;")
            case UInt8(ascii: "<"): append("&lt;")
            case UInt8(ascii: ">"): append("&gt;")
            case UInt8(ascii: "\""): append("&quot;")
            case UInt8(ascii: "'"): append("&#39;")
            default: append(byte)
            }
        }
    }
}

extension String {
    /// The text as the page shows it. Characters that are invisible or reverse the direction of writing are spelled
    /// out, as `[U+202E]`. `report.json` has the exact text.
    var spellingOutInvisible: String {
        guard unicodeScalars.contains(where: \.isInvisible) else { return self }
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isInvisible {
                shown.append(contentsOf: "[U+\(scalar.hexadecimal)]".unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }
}
