import Foundation
import Support

/// `page.html` with its slots, `{{name}}`, and its style sheet and script. All are compiled in, so that the program
/// stays a single file.
enum PageTemplate {
    enum Piece: Equatable {
        case markup(Substring)
        case slot(Slot)
    }

    enum Slot: String, CaseIterable {
        case styleDigest = "style digest"
        case scriptDigest = "script digest"
        case style, script, title, icon, navigation, heading, attention, counts, rest, facts, program, data
        /// Of the index.
        case nights, runs
    }

    static var style: [UInt8] { PackageResources.page_css }
    static var script: [UInt8] { PackageResources.page_js }

    static var pieces: [Piece] { pieces(of: PackageResources.page_html) }

    /// The parts of a page in order. A name in braces that is not a slot stays as it is.
    static func pieces(of template: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var rest = String(decoding: template, as: UTF8.self)[...]
        while let open = rest.range(of: "{{"), let close = rest.range(of: "}}", range: open.upperBound..<rest.endIndex),
            let slot = Slot(rawValue: String(rest[open.upperBound..<close.lowerBound]))
        {
            pieces.append(.markup(rest[..<open.lowerBound]))
            pieces.append(.slot(slot))
            rest = rest[close.upperBound...]
        }
        return pieces + [.markup(rest)]
    }

    /// The digest by which the page's Content-Security-Policy allows exactly this style sheet or script.
    static func digest(of source: [UInt8]) -> String {
        "sha256-" + Data(SHA256.digest(of: source)).base64EncodedString()
    }
}
