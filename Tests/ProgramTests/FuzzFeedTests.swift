import Feed
import Foundation
import SamplePlane
import Testing

/// Damaged feeds, good and bad ones alike, also spliced with one another, in every format: no crash, no hang, and never
/// an entry that the feed did not hold.
@Suite struct FuzzFeedTests {
    private static let feeds: [(name: String, isGood: Bool, bytes: [UInt8])] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures/feeds").path
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
        uniqueKeysWithValues: FeedFormat.allCases.map { format in
            (format, feeds.filter { $0.isGood && $0.name.hasSuffix("." + format.rawValue) })
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
    private static func draw(_ random: inout SplitMix64, for format: FeedFormat) -> [UInt8] {
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
    private static func invented(_ emails: [String], in bytes: [UInt8], as format: FeedFormat) -> [String] {
        let text = Data(format == .csv ? bytes : unescaped(bytes))
        return emails.filter { email in
            let spelled = format == .csv ? email.replacing("\"", with: "\"\"") : email
            return !email.isEmpty && text.range(of: Data(spelled.utf8)) == nil
                && text.range(of: Data(email.utf8)) == nil
        }
    }

    /// The most entries that bytes can hold: one for each line of CSV, one for each object of JSON.
    private static func mostEntries(in bytes: [UInt8], as format: FeedFormat) -> Int {
        let mark = UInt8(ascii: format == .csv ? "\n" : "{")
        return bytes.count { $0 == mark } + 1
    }

    @Test(.timeLimit(.minutes(30)), arguments: FeedFormat.allCases)
    func `the parsers stand any damage`(format: FeedFormat) throws {
        var random = SplitMix64(seed: UInt64(format.rawValue.utf8.count) &* 977)
        let count = runsLongTests ? 400_000 : 2_000
        var (accepted, entries) = (0, 0)
        var longest = 0.0
        let began = Date()
        for _ in 0..<count {
            let bytes = Self.draw(&random, for: format)
            let start = Date()
            // Only what is accepted is of interest here; where a refusal points is another test's matter.
            let feed = try? Feed(parsing: bytes, as: format, path: "feed")
            longest = max(longest, Date().timeIntervalSince(start))
            guard let feed else { continue }
            accepted += 1
            entries += feed.entries.count
            #expect(feed.entries.count <= Self.mostEntries(in: bytes, as: format))
            let invented = Self.invented(feed.entries.map(\.email), in: bytes, as: format)
            #expect(invented.isEmpty, "\(invented) in \(bytes)")
        }
        print(
            "fuzzing \(format.rawValue): \(count) feeds, \(accepted) accepted with \(entries) entries,"
                + " longest \(Int(longest * 1_000)) ms; \(Int(Date().timeIntervalSince(began))) s")
        #expect(accepted > 0 && longest < 2)
    }

    @Test func `the program stands any damage and plans for nobody else`() throws {
        let template = try BrokenTemplate.standard.get()
        var random = SplitMix64(seed: 11)
        try withBrokenBench(template) { bench in
            var statuses: [Int32: Int] = [:]
            let count = runsLongTests ? 300 : 16
            for index in 0..<count {
                let format = FeedFormat.allCases[index % FeedFormat.allCases.count]
                // Every second one is a feed that names accounts of this database.
                let bytes =
                    index % 2 == 0 ? Self.draw(&random, for: format) : Self.damaged(Array(template.feed.utf8), &random)
                let feed = bench.folder + "/fuzz." + (index % 2 == 0 ? format.rawValue : "csv")
                try bench.put(Data(bytes), at: feed)
                let child = try bench.startProgram(
                    ["plan", feed] + bench.arguments().dropFirst(2) + ["--json", "--log-level", "critical"])
                try child.wait(seconds: 20)
                guard case .exited(let status) = child.state else {
                    Issue.record("\(child.state): \(bytes)")
                    continue
                }
                statuses[status, default: 0] += 1
                #expect([0, 1, 2, 65].contains(status), "\(status): \(bytes)")
                if status != 65 {
                    let emails = try Self.emails(inPlan: child.output)
                    let format = index % 2 == 0 ? format : .csv
                    #expect(Self.invented(emails, in: bytes, as: format).isEmpty, "\(bytes)")
                }
                try FileManager.default.removeItem(atPath: child.outputPath)
            }
            #expect(statuses.values.reduce(0, +) == count && statuses.count > 1)
            #expect(try Data(contentsOf: URL(filePath: bench.database)) == template.database)
            #expect(try bench.configs() == template.configs)
            #expect(!FileManager.default.fileExists(atPath: bench.reports))
            print("fuzzing the program: \(count) feeds, exit statuses \(statuses)")
        }
    }

    private static func damaged(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        let place = random.number(in: 0...bytes.count - 1)
        if random.oneIn(2) {
            bytes[place] ^= 1 << UInt8(random.number(in: 0...6))
        } else {
            bytes.insert(contentsOf: pieces[random.number(in: 0...pieces.count - 1)], at: place)
        }
        return bytes
    }

    private static func emails(inPlan text: String) throws -> [String] {
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let entries = try #require(document?["entries"] as? [[String: Any]])
        return entries.compactMap { $0["email"] as? String }
    }
}
