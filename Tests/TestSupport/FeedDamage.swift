import Foundation
import SamplePlane

/// The feeds of `fixtures/feeds`, good and bad ones, damaged and spliced with one another; and what a feed can hold at most.
package enum FeedDamage {
    package static let formats = ["csv", "json", "jsonl"]

    private static let feeds: [(name: String, isGood: Bool, bytes: [UInt8])] = {
        let root = Fixtures.path("feeds")
        return ["good", "bad"].flatMap { kind in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind)")) ?? []).sorted().compactMap {
                name in
                FileManager.default.contents(atPath: "\(root)/\(kind)/\(name)").map {
                    (name, kind == "good", Array($0))
                }
            }
        }
    }()

    private static let fitting = Dictionary(
        uniqueKeysWithValues: formats.map { format in
            (format, feeds.filter { $0.isGood && $0.name.hasSuffix("." + format) })
        })

    private static let pieces: [[UInt8]] =
        [
            "\"", "\"\"", ",", "\n", "\r\n", "\r", "{", "}", "[", "]", ":", "\\u0040", "\\u0000", "\\ud800", "\\\"",
            "@", "null",
            "email", "instance", "\"email\":\"a@b.example\"", "accounts", "count", "body", "status", "\u{FEFF}",
            "\u{2028}",
            "\0", "1e999", "-0", "9999-12-31T23:59:60Z", "é", "Ａ@b.example", "x@y.example,cancelled", "[[[[[[[[",
            "{\"a\":",
        ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    /// One damaged feed, mostly one that was good in this format.
    package static func draw(_ random: inout SplitMix64, for format: String) -> [UInt8] {
        let source = random.oneIn(5) ? feeds : fitting[format, default: feeds]
        var bytes = source[random.number(in: 0...source.count - 1)].bytes
        for _ in 0..<random.number(in: 1...3) {
            let place = random.number(in: 0...bytes.count)
            let end = min(bytes.count, place + random.number(in: 0...40))
            switch random.number(in: 0...6) {
            case 0: bytes.insert(contentsOf: pieces[random.number(in: 0...pieces.count - 1)], at: place)
            case 1: bytes.replaceSubrange(place..<end, with: pieces[random.number(in: 0...pieces.count - 1)])
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.removeSubrange(place...)
            case 4 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.number(in: 0...7))
            case 5: bytes.insert(contentsOf: bytes[place..<end], at: random.number(in: 0...bytes.count))
            default:
                let other = feeds[random.number(in: 0...feeds.count - 1)].bytes
                let start = random.number(in: 0...other.count)
                bytes.replaceSubrange(
                    place..<end, with: other[start..<min(other.count, start + random.number(in: 0...200))])
            }
        }
        return bytes
    }

    /// What a JSON text says once every escape in it, wherever it stands, is undone.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var units: [UInt16] = []
        func flush() {
            text += Array(String(decoding: units, as: UTF16.self).utf8)
            units = []
        }
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                if !units.isEmpty { flush() }
                text.append(bytes[index])
                index += 1
                continue
            }
            let digits = String(
                decoding: bytes[min(index + 2, bytes.count)..<min(index + 6, bytes.count)], as: UTF8.self)
            if bytes[index + 1] == UInt8(ascii: "u"), let unit = UInt16(digits, radix: 16) {
                units.append(unit)
                index += 6
            } else {
                if !units.isEmpty { flush() }
                let plain: [UInt8: UInt8] = [0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09, 0x62: 0x08, 0x66: 0x0C]
                text.append(plain[bytes[index + 1]] ?? bytes[index + 1])
                index += 2
            }
        }
        if !units.isEmpty { flush() }
        return text
    }

    /// - Returns: how many of the emails the feed does not hold.
    package static func invented(_ emails: [String], in bytes: [UInt8], as format: String) -> [String] {
        let text = Data(format == "csv" ? bytes : unescaped(bytes))
        return emails.filter { email in
            let spelled = format == "csv" ? email.replacing("\"", with: "\"\"") : email
            return !email.isEmpty && text.range(of: Data(spelled.utf8)) == nil
                && text.range(of: Data(email.utf8)) == nil
        }
    }

    /// The most entries that bytes can hold: one for each line of CSV, one for each object of JSON.
    package static func mostEntries(in bytes: [UInt8], as format: String) -> Int {
        let mark = UInt8(ascii: format == "csv" ? "\n" : "{")
        return bytes.count { $0 == mark } + 1
    }

    package static func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        let place = random.number(in: 0...bytes.count - 1)
        if random.oneIn(2) {
            bytes[place] ^= 1 << UInt8(random.number(in: 0...6))
        } else {
            bytes.insert(contentsOf: pieces[random.number(in: 0...pieces.count - 1)], at: place)
        }
        return bytes
    }
}
