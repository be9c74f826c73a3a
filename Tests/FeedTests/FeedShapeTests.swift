import Foundation
import Testing

@testable import Feed
@testable import Support

/// A refusal says what the file looks like. Nothing is read by it.
@Suite("What a refused feed looks like")
struct FeedShapeTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var bytes: [UInt8]
        var format: FeedFormat
        var text: String?
        /// A part of what helps.
        var hint: String

        init(
            _ description: String, _ bytes: [UInt8], as format: FeedFormat = .csv, _ text: String?, _ hint: String = ""
        ) {
            testDescription = description
            (self.bytes, self.format, self.text, self.hint) = (bytes, format, text, hint)
        }
    }

    private static func utf16(_ text: String, littleEndian: Bool, mark: Bool) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
            littleEndian ? [UInt8(unit & 0xFF), UInt8(unit >> 8)] : [UInt8(unit >> 8), UInt8(unit & 0xFF)]
        }
    }

    private static let rows = "email,status\na@example.com,cancelled\n"

    @Test(arguments: [
        Case(
            "semicolons", Array("email;status\na@example.com;cancelled\n".utf8), "it looks separated by semicolons",
            "--delimiter ';'"),
        Case(
            "tabs", Array("email\tstatus\na@example.com\tcancelled\n".utf8), "it looks separated by tabs",
            "--delimiter tab"),
        Case(
            "vertical bars", Array("email|status\na@example.com|cancelled\n".utf8),
            "it looks separated by vertical bars", "--delimiter '|'"),
        Case(
            "a line sep=", Array("sep=;\nemail;status\na@example.com;cancelled\n".utf8),
            "its first line says that it is separated by semicolons", "--delimiter ';'"),
        Case(
            "UTF-16, little endian", utf16(rows, littleEndian: true, mark: true), "it looks like UTF-16",
            "--encoding utf-16"),
        Case(
            "UTF-16, big endian", utf16(rows, littleEndian: false, mark: true), "it looks like UTF-16",
            "--encoding utf-16"),
        Case(
            "UTF-16 without a mark", utf16(rows, littleEndian: true, mark: false),
            "it looks like UTF-16 without a byte order mark", "UTF-8"),
        Case("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0], "it looks like gzip", "gunzip"),
        Case(
            "xlsx", [0x50, 0x4B, 3, 4, 20, 0, 6, 0], "it looks like a spreadsheet (.xlsx) or another zip file", "CSV"),
        Case("xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1], "it looks like a spreadsheet (.xls)", "CSV"),
        Case("PDF", Array("%PDF-1.7\n".utf8), "it looks like PDF", "CSV"),
        Case("HTML", Array("\n<!doctype HTML>\n<html>".utf8), "it looks like HTML", "sign in"),
        Case("HTML without a doctype", Array("<HTML lang=\"en\">".utf8), "it looks like HTML", "sign in"),
        Case("HTML as JSON", Array("<html></html>".utf8), as: .json, "it looks like HTML", "sign in"),
        Case("XML", Array("<?xml version=\"1.0\"?><a/>".utf8), "it looks like XML", "CSV"),
        Case(
            "windows-1252", Array("email,status,reason\na@example.com,cancelled,caf".utf8) + [0xE9, 0x0A],
            "it may be windows-1252", "--encoding windows-1252"),
        Case(
            "JSON as CSV", Array(#"[{"email": "a@example.com", "status": "cancelled"}]"#.utf8), "it looks like JSON",
            "--format json"),
        Case("CSV as JSON", Array(rows.utf8), as: .json, "it looks like CSV", "--format csv"),
        Case("a CSV of another kind", Array("name,state\na,b\n".utf8), nil),
        Case("JSON that breaks off", Array(#"[{"email": "#.utf8), as: .json, nil),
        Case("nothing", [], nil),
        Case("blank", Array(" \t\r\n".utf8), nil),
    ])
    func `is said`(example: Case) {
        let refusal = #expect(throws: FeedRefusal.self) {
            try Feed(parsing: example.bytes, as: example.format, path: "feed")
        }
        #expect(refusal?.shape?.text == example.text)
        #expect(example.hint.isEmpty || refusal?.hint.contains(example.hint) == true)
        if let text = example.text { #expect(refusal?.description.hasSuffix(text) == true) }
    }

    @Test func `and the option that is named reads it`() throws {
        func read(_ bytes: [UInt8], _ change: (inout FeedProfile) -> Void) throws -> [String] {
            try Feed(parsing: bytes, as: .csv, FeedProfile(change), path: "feed").entries.map(\.email)
        }
        #expect(
            try read(Array(Self.rows.replacing(",", with: ";").utf8)) { $0.delimiter = UInt8(ascii: ";") } == [
                "a@example.com"
            ])
        #expect(
            try read(Array(Self.rows.replacing(",", with: "\t").utf8)) { $0.delimiter = UInt8(ascii: "\t") } == [
                "a@example.com"
            ])
        for littleEndian in [true, false] {
            let bytes = Self.utf16(Self.rows, littleEndian: littleEndian, mark: true)
            #expect(try read(bytes) { $0.encoding = .utf16 } == ["a@example.com"])
        }
    }

    @Test func `a feed that is read by its profile has no other shape`() {
        let profile = FeedProfile { $0.delimiter = UInt8(ascii: ";") }
        let refusal = #expect(throws: FeedRefusal.self) {
            try Feed(parsing: Array("email;name\n".utf8), as: .csv, profile, path: "feed")
        }
        #expect(refusal?.shape == nil)
        let commas = #expect(throws: FeedRefusal.self) {
            try Feed(parsing: Array(Self.rows.utf8), as: .csv, profile, path: "feed")
        }
        #expect(commas?.shape?.text == "it looks separated by commas")
    }
}
