import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support

/// A second opinion on CSV: the reader that comes with Python, in strict mode.
@Suite struct FeedPythonTests {
    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Reads a JSON array of texts, writes one of their rows; null for a text that it refuses. It passes over blank
    /// lines, as feeds do.
    private static let script = """
        import csv, io, json, sys
        def rows(text):
            try:
                return [row for row in csv.reader(io.StringIO(text, newline=''), strict=True) if row]
            except csv.Error:
                return None
        json.dump([rows(text) for text in json.load(sys.stdin)], sys.stdout)
        """

    @Test(.enabled(if: python != nil, "needs python3"))
    func `Python reads the same rows from every text that is accepted here`() throws {
        let texts = try Self.texts()
        let theirs = try Self.rowsByPython(of: texts)
        try #require(theirs.count == texts.count)
        var accepted = 0
        for (text, theirs) in zip(texts, theirs) {
            guard let ours = try? Self.rows(of: text) else { continue }
            accepted += 1
            #expect(ours == theirs, "\(text.quotedForMessage(limit: 400))")
        }
        #expect(accepted > 500)
    }

    private static func texts() throws -> [String] {
        var random = SeededGenerator(seed: 4)
        let pieces = Array("\"\"\",,\n\r a@é".unicodeScalars) + ["\u{2028}", "\u{FEFF}"]
        return try FeedFixture.names(in: "good").sorted().filter { $0.hasSuffix(".csv") }.flatMap { name in
            let original = Array(
                String(decoding: try FeedFixture(name: "good/\(name)").bytes, as: UTF8.self).unicodeScalars)
            return (0..<400).map { _ in
                String(String.UnicodeScalarView(original.mutated(with: pieces, using: &random)))
            }
        }
    }

    private static func rows(of text: String) throws(FeedFlaw) -> [[String]] {
        var scanner = CSVScanner(Array(text.utf8), from: 0)
        var rows: [[String]] = []
        while try scanner.nextRow() { rows.append(scanner.fields.map { scanner.text(of: $0) }) }
        return rows
    }

    private static func rowsByPython(of texts: [String]) throws -> [[[String]]?] {
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = ["-c", script]
        let input = FileManager.default.temporaryDirectory.appending(path: "feed-\(UUID().uuidString).json")
        try JSONEncoder().encode(texts).write(to: input)
        defer { try? FileManager.default.removeItem(at: input) }  // a leftover in the temporary folder harms nobody
        process.standardInput = try FileHandle(forReadingFrom: input)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let rows = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([[[String]]?].self, from: rows)
    }
}
