import TestSupport
import Testing

@testable import Feed
@testable import Support

/// The files of `fixtures/feeds`, which the tests of the whole program use too.
@Suite struct FeedFixtureTests {
    struct Bad: CustomTestStringConvertible, Sendable {
        var name: String
        var reason: FeedRefusal.Reason
        var position: FeedPosition?
        var entry: Int?
        /// What the file looks like.
        var shape: String?

        init(
            _ name: String, _ reason: FeedRefusal.Reason, _ line: Int, _ column: Int, entry: Int? = nil,
            _ shape: String? = nil
        ) {
            self.name = name
            self.reason = reason
            position = FeedPosition(line: line, column: column)
            self.entry = entry
            self.shape = shape
        }

        /// The feed as a whole is meant.
        init(_ name: String, _ reason: FeedRefusal.Reason) {
            self.name = name
            self.reason = reason
        }

        init(empty name: String) {
            self.name = name
            reason = .emptyFile
            position = FeedPosition(line: 1, column: 1)
        }

        var testDescription: String { name }
    }

    private static let badCSV: [Bad] = [
        Bad(empty: "empty.csv"),
        Bad(empty: "only-blank-lines.csv"),
        Bad(empty: "only-byte-order-mark.csv"),
        Bad("unclosed-quote.csv", .unclosedQuote, 3, 6),
        Bad("unclosed-quote-in-last-field.csv", .unclosedQuote, 3, 33),
        Bad("text-after-closing-quote.csv", .textAfterClosingQuote(opened: FeedPosition(line: 3, column: 6)), 3, 12),
        Bad("quote-forgotten-lines-before.csv", .textAfterClosingQuote(opened: FeedPosition(line: 2, column: 6)), 4, 7),
        Bad("bare-quote.csv", .bareQuote, 3, 11),
        Bad("space-before-quote.csv", .bareQuote, 2, 7),
        Bad("bare-carriage-return.csv", .bareCarriageReturn, 2, 43),
        Bad("old-mac-line-ends.csv", .bareCarriageReturn, 1, 37),
        Bad("too-many-fields.csv", .tooManyFields(expected: 4, found: 5), 3, 44),
        Bad("comma-at-line-end.csv", .tooManyFields(expected: 4, found: 5), 3, 44),
        Bad("too-few-fields.csv", .tooFewFields(expected: 4, found: 3), 3, 32),
        Bad("cut-off.csv", .tooFewFields(expected: 4, found: 2), 4, 16),
        Bad("column-named-twice.csv", .columnNamedTwice("Status"), 1, 14),
        Bad("unknown-column-named-twice.csv", .columnNamedTwice("NOTE"), 1, 12),
        Bad("email-and-instance.csv", .columnNamedTwice("instance"), 1, 14),
        Bad(
            "no-email-column.csv", .noEmailColumn(FoundNames(["account_id", "mail", "status"], nearestTo: "email")), 1,
            1),
        Bad(
            "no-header.csv",
            .noEmailColumn(FoundNames(["1001", "anna@example.com", "cancelled", "2026-11-20"], nearestTo: "email")), 1,
            1),
        Bad(
            "semicolons.csv",
            .noEmailColumn(FoundNames(["account_id;email;status;effective_at"], nearestTo: "email")), 1, 1,
            "it looks separated by semicolons"),
        Bad(
            "tabs.csv", .noEmailColumn(FoundNames(["account_id\temail\tstatus"], nearestTo: "email")), 1, 1,
            "it looks separated by tabs"),
        Bad(
            "separator-line.csv", .noEmailColumn(FoundNames(["sep=;"], nearestTo: "email")), 1, 1,
            "its first line says that it is separated by semicolons"),
        Bad("invalid-utf8.csv", .invalidUTF8, 3, 7, "it may be windows-1252"),
        Bad("latin1.csv", .invalidUTF8, 2, 7, "it may be windows-1252"),
        Bad("utf16.csv", .invalidUTF8, 1, 1, "it looks like UTF-16"),
        Bad("gzip.csv", .invalidUTF8, 1, 2, "it looks like gzip"),
        Bad("spreadsheet.csv", .invalidUTF8, 1, 15, "it looks like a spreadsheet (.xlsx) or another zip file"),
        Bad(
            "sign-in-page.csv", .noEmailColumn(FoundNames(["<!DOCTYPE html>"], nearestTo: "email")), 1, 1,
            "it looks like HTML"),
        Bad("content-without-column-name.csv", .contentWithoutColumnName, 3, 28),
        Bad("emails-alone.csv", .removalNotStated(FoundNames(["email"], nearestTo: "status")), 1, 1),
        Bad("status-empty.csv", .noStatus("status"), 1, 1),
        Bad("accounts-of-a-report.csv", .ownDocument("report"), 1, 1),
    ]

    private static let badJSON: [Bad] = [
        Bad(empty: "empty.json"),
        Bad(empty: "only-white-space.json"),
        Bad("cut-off-in-entry.json", .jsonTruncated, 3, 22, entry: 2),
        Bad("cut-off-between-entries.json", .jsonTruncated, 4, 1, entry: 3),
        Bad("array-not-closed.json", .jsonTruncated, 4, 1, entry: 2),
        Bad("object-not-closed.json", .jsonTruncated, 4, 1),
        Bad("text-after-end.json", .textAfterJSON, 2, 1),
        Bad("trailing-comma.json", .jsonSyntax(expected: "a value"), 3, 1, entry: 2),
        Bad("single-quotes.json", .jsonSyntax(expected: "a key in double quotes"), 1, 3, entry: 1),
        Bad("comment.json", .jsonSyntax(expected: "a value"), 2, 2, entry: 1),
        Bad("leading-zero.json", .jsonSyntax(expected: "a comma or }"), 1, 18, entry: 1),
        Bad(
            "line-end-in-string.json", .jsonSyntax(expected: "an escape in place of the control character"), 1, 29,
            entry: 1),
        Bad(
            "lone-surrogate.json", .jsonSyntax(expected: "both halves of a character, not a surrogate alone"), 1, 43,
            entry: 1),
        Bad("unknown-escape.json", .jsonSyntax(expected: "one of the escapes of JSON"), 1, 17, entry: 1),
        Bad("nested-too-deeply.json", .nestedTooDeeply(limit: 128), 1, 163, entry: 1),
        Bad("element-not-object.json", .elementNotObject, 3, 2, entry: 2),
        Bad("null-element.json", .elementNotObject, 1, 46, entry: 2),
        Bad("key-named-twice.json", .keyNamedTwice("email"), 1, 32, entry: 1),
        Bad("key-named-twice-escaped.json", .keyNamedTwice("status"), 1, 52, entry: 1),
        Bad("key-named-twice-within-unknown.json", .keyNamedTwice("id"), 1, 50, entry: 1),
        Bad("field-in-two-spellings.json", .keyNamedTwice("status"), 1, 23, entry: 1),
        Bad("email-and-instance.json", .keyNamedTwice("instance"), 1, 63, entry: 2),
        Bad("field-at-both-levels.json", .keyNamedTwice("instance"), 1, 40, entry: 1),
        Bad("accounts-named-twice.json", .keyNamedTwice("accounts"), 1, 18),
        Bad("accounts-not-array.json", .accountsNotArray, 1, 14),
        Bad("accounts-null.json", .accountsNotArray, 1, 14),
        Bad("accounts-beside-body.json", .accountsBesideBody, 1, 47),
        Bad("neither-accounts-nor-body.json", .unknownDocument, 1, 1),
        Bad("string-as-document.json", .unknownDocument, 1, 1),
        Bad("json-lines.json", .unknownDocument, 1, 1),
        Bad("count-too-high.json", .countMismatch(name: "count", declared: "3", found: 2), 1, 11),
        Bad("count-too-low.json", .countMismatch(name: "count", declared: "1", found: 2), 1, 87),
        Bad("count-not-integer.json", .countNotInteger(name: "count", "one"), 1, 11),
        Bad("generated-at-not-a-time.json", .invalidGeneratedAt("2026-02-30T00:00:00Z"), 1, 18),
        Bad("invalid-utf8.json", .invalidUTF8, 3, 14, "it may be windows-1252"),
        Bad("emails-alone.json", .removalNotStated(FoundNames(["email"], nearestTo: "status"))),
        Bad("report.json", .ownDocument("report"), 2, 3),
        Bad("page-of-a-list.json", .morePages(named: "has_more"), 2, 3),
        Bad("total-too-high.json", .countMismatch(name: "total_count", declared: "3", found: 1), 1, 17),
    ]

    private static let badJSONLines: [Bad] = [
        Bad(empty: "empty.jsonl"),
        Bad(empty: "only-blank-lines.jsonl"),
        Bad("cut-off.jsonl", .jsonTruncated, 2, 21, entry: 2),
        Bad("object-over-two-lines.jsonl", .jsonTruncated, 2, 10, entry: 2),
        Bad("two-on-a-line.jsonl", .textAfterJSON, 2, 31, entry: 2),
        Bad("comma-between-lines.jsonl", .textAfterJSON, 1, 30, entry: 1),
        Bad("not-an-object.jsonl", .elementNotObject, 2, 1, entry: 2),
        Bad("document-as-lines.jsonl", .elementNotObject, 1, 1, entry: 1),
        Bad("key-named-twice.jsonl", .keyNamedTwice("Email"), 2, 31, entry: 2),
        Bad("invalid-utf8.jsonl", .invalidUTF8, 2, 1, "it may be windows-1252"),
        Bad("status-null.jsonl", .noStatus("status")),
        Bad("accounts-of-a-report.jsonl", .ownDocument("report"), 1, 1, entry: 1),
    ]

    @Test(arguments: badCSV + badJSON + badJSONLines)
    func `a bad feed is refused with its reason and its place`(bad: Bad) {
        let refusal = #expect(throws: FeedRefusal.self) { try FeedFixture(name: "bad/\(bad.name)").read() }
        #expect(refusal?.reason == bad.reason)
        #expect(refusal?.position == bad.position)
        #expect(refusal?.entry == bad.entry)
        #expect(refusal?.shape?.text == bad.shape)
        #expect(refusal?.path == "bad/\(bad.name)")
    }

    private static let everybody = ["anna@example.com", "bert@example.org", "carla@example.com"]

    private static let good: [(name: String, emails: [String])] = [
        ("billing.csv", everybody),
        ("byte-order-mark-and-crlf.csv", everybody),
        ("mixed-line-ends.csv", everybody),
        ("blank-lines.csv", everybody),
        ("quoted-fields.csv", everybody),
        ("header-in-capitals-with-spaces.csv", everybody),
        ("empty-columns-and-rows.csv", everybody),
        (
            "subscriptions.csv",
            ["anna@example.com", "anna@example.com", "bert@example.org", "bert@example.org", "carla@example.com"]
        ),
        ("header-alone.csv", []),
        (
            "invalid-entries.csv",
            ["anna@example.com", "", "carla.example.com", "dora@example.com", "emil@example.com"]
        ),
        (
            "duplicates.csv",
            [
                "anna@example.com", "anna@EXAMPLE.com", "Anna@example.com", "bert@example.org", "bert@example.org",
            ]
        ),
        ("array.json", everybody),
        ("accounts.json", everybody),
        ("request-object.json", ["anna@example.com"]),
        ("instance-alone.json", ["anna@example.com"]),
        ("no-accounts.json", []),
        ("no-entries.json", []),
        ("escapes.json", ["anna@example.com"]),
        ("billing.jsonl", everybody),
        ("blank-lines.jsonl", everybody),
        ("requests.ndjson", everybody),
    ]

    @Test(arguments: good)
    func `a good feed is read whole`(name: String, emails: [String]) throws {
        #expect(try FeedFixture(name: "good/\(name)").read().entries.map(\.email) == emails)
    }

    @Test func `every file of the folders is tested`() throws {
        let bad = Self.badCSV + Self.badJSON + Self.badJSONLines
        #expect(try FeedFixture.names(in: "bad") == Set(bad.map(\.name)))
        #expect(try FeedFixture.names(in: "good") == Set(Self.good.map(\.name)))
    }

    @Test func `git does not mend the line ends of these files`() throws {
        #expect(try FeedFixture(name: "good/byte-order-mark-and-crlf.csv").bytes.contains(.carriageReturn))
        #expect(try !FeedFixture(name: "bad/unclosed-quote.csv").bytes.contains(.carriageReturn))
    }
}
