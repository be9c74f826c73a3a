import Testing

@testable import Feed

@Suite struct FeedCSVTests {
    @Test func `a row is an entry with its fields, number and line`() throws {
        let feed = try feed(
            """
            account_id,email,status,effective_at,reason,subscription_id
            0042,anna@example.com,cancelled,2026-11-20T03:00:00Z,"too slow, she says",sub_1
            ,bert@example.org,active,2026-11-21,,

            """)
        #expect(feed.format == .csv)
        #expect(
            feed.entries == [
                FeedEntry(
                    number: 1, line: 2, accountID: .text("0042"), subscriptionID: .text("sub_1"),
                    reason: .text("too slow, she says"), email: "anna@example.com", status: "cancelled",
                    effectiveAt: EffectiveTime("2026-11-20T03:00:00Z")),
                FeedEntry(
                    number: 2, line: 3, email: "bert@example.org", status: "active", meaning: .stays,
                    effectiveAt: EffectiveTime("2026-11-21")),
            ])
    }

    @Test(arguments: [
        "email\na@example.com\nb@example.com\n",
        "email\na@example.com\nb@example.com",
        "email\r\na@example.com\r\nb@example.com\r\n",
        "email\r\na@example.com\nb@example.com\r\n",
        "\u{FEFF}email\na@example.com\nb@example.com\n",
        "\u{FEFF}\"email\"\n\"a@example.com\"\n\"b@example.com\"",
        "\n\r\n\nemail\n\n\na@example.com\r\n\r\nb@example.com\n\n",
        "email,email2\na@example.com,\nb@example.com,\"\"\n",
        "instance\na@example.com\nb@example.com\n",
        "EMAIL\na@example.com\nb@example.com\n",
        " e-mail , Email \nx,a@example.com\nx,b@example.com\n",
        "\u{FEFF}\u{FEFF}email\n a@example.com\t\n\u{A0}b@example.com\u{3000}\n",
        "email,note\na@example.com,\"x\ny\"\nb@example.com,\"\"\"\"\n",
        "note,email\n\"a \"\"quoted\"\", word\r\n\r\n\",a@example.com\n\0,b@example.com\n",
        "email,,\na@example.com,,\nb@example.com,,\n",
        "email,note\n,\na@example.com,\n,\"\"\nb@example.com,x\n,\n",
        ",email\n,a@example.com\n\"\",b@example.com",
    ])
    func `the same entries are read from every spelling that RFC 4180 allows`(text: String) throws {
        let feed = try feed(text)
        #expect(feed.entries.map(\.email) == ["a@example.com", "b@example.com"])
        #expect(feed.entries.map(\.number) == [1, 2])
        #expect(feed.entries.allSatisfy { $0.faults.isEmpty && $0.status == nil })
    }

    @Test(
        arguments: [
            ("email\na@example.com\nb@example.com\n", [2, 3]),
            ("\n\nemail\r\n\r\na@example.com\r\n\n\nb@example.com", [5, 8]),
            ("note,email\n\"x\ny\r\nz\",a@example.com\n,b@example.com\n", [2, 5]),
            ("\"no\nte\",email\n,a@example.com\n,b@example.com\n", [3, 4]),
        ] as [(String, [Int])])
    func `an entry's line is the one it begins on`(text: String, lines: [Int]) throws {
        #expect(try feed(text).entries.map(\.line) == lines)
    }

    @Test(arguments: [
        "status", "Status", "STATUS", " status", "status ", "\tstatus\t", "\u{A0}status\u{A0}", "\"status\"",
        "\" status\"", "\"status\n\"", "\u{200B}status", "status\u{FEFF}", "\u{17F}tatu\u{17F}",
    ])
    func `a status column is not missed for its case or for space around it`(name: String) throws {
        // Missed, the feed would be refused, or removals be taken for stated where they are not.
        let feed = try feed("email,\(name)\na@example.com,active\n")
        #expect(feed.entries.map(\.status) == ["active"])
    }

    @Test(arguments: ["email", "email\n", "email\r\n", "\n\nemail,status\n\n", "\u{FEFF}email\n"])
    func `a header without a row is a whole feed`(text: String) throws {
        #expect(try feed(text).entries.isEmpty)
    }

    @Test func `quotes, commas and line ends within quotes belong to the value`() throws {
        let feed = try feed("email,reason\na@example.com,\"He said \"\"no\"\",\r\nthen \"\"yes\"\"\"\n")
        #expect(feed.entries[0].reason == .text("He said \"no\",\r\nthen \"yes\""))
    }

    @Test(
        arguments: [
            ("", nil), ("  ", nil), ("\"\"", nil), ("007", .text("007")), (" 7 ", .text(" 7 ")), ("1e3", .text("1e3")),
        ] as [(String, EchoedValue?)])
    func `an account id is echoed as it came, and empty is not given`(cell: String, value: EchoedValue?) throws {
        #expect(try feed("account_id,email\n\(cell),a@example.com\n").entries[0].accountID == value)
    }

    @Test(arguments: [
        BadFeed("email\n\"a@example.com\n", .unclosedQuote, 2, 1),
        BadFeed("email,note\na@example.com,x\nb@example.com,\"x\n\n\n", .unclosedQuote, 3, 15),
        BadFeed("email\n\"a@example.com\"\"", .unclosedQuote, 2, 1),
        BadFeed("email\n\"", .unclosedQuote, 2, 1),
        BadFeed("\u{FEFF}\"email\n", .unclosedQuote, 1, 1),
        BadFeed(
            "email\n\"a@example.com\"x\n",
            .textAfterClosingQuote(opened: FeedPosition(line: 2, column: 1)), 2, 16),
        BadFeed(
            "email\n\"a@example.com\" \n",
            .textAfterClosingQuote(opened: FeedPosition(line: 2, column: 1)), 2, 16),
        BadFeed(
            "email,note\na@example.com,\"x\nb@example.com,\"y\"\n",
            .textAfterClosingQuote(opened: FeedPosition(line: 2, column: 15)), 3, 16),
        BadFeed("email\na\"@example.com\n", .bareQuote, 2, 2),
        BadFeed("email\n \"a@example.com\"\n", .bareQuote, 2, 2),
        BadFeed("e\"mail\n", .bareQuote, 1, 2),
        BadFeed("email\na@example.com\"", .bareQuote, 2, 14),
        BadFeed("email\nä@exämple.com\"\n", .bareQuote, 2, 14),
        BadFeed("email\rb@example.com\r", .bareCarriageReturn, 1, 6),
        BadFeed("email\na@example.com\r\r\n", .bareCarriageReturn, 2, 14),
        BadFeed("email\na@example.com\r", .bareCarriageReturn, 2, 14),
        BadFeed("email\n\"a@example.com\"\rx\n", .bareCarriageReturn, 2, 16),
        BadFeed("email\n\r", .bareCarriageReturn, 2, 1),
        BadFeed("email\na@example.com,\n", .tooManyFields(expected: 1, found: 2), 2, 15),
        BadFeed("email,status\na@example.com,x,y,z\n", .tooManyFields(expected: 2, found: 4), 2, 17),
        BadFeed("email,status\na@example.com\n", .tooFewFields(expected: 2, found: 1), 2, 14),
        BadFeed("email,note,status\na@example.com,\"x\ny\"\r\n", .tooFewFields(expected: 3, found: 2), 3, 3),
        BadFeed("email,status\na@example.com,x\n \n", .tooFewFields(expected: 2, found: 1), 3, 2),
        BadFeed("email,status,email\n", .columnNamedTwice("email"), 1, 14),
        BadFeed("email,Email \n", .columnNamedTwice("Email"), 1, 7),
        BadFeed("email,instance\n", .columnNamedTwice("instance"), 1, 7),
        BadFeed("email,note,\"NOTE\"\n", .columnNamedTwice("NOTE"), 1, 12),
        BadFeed("email,status,\na@example.com,active,x\n", .contentWithoutColumnName, 2, 22),
        BadFeed("email,Ä,ä\n", .columnNamedTwice("ä"), 1, 9),
        BadFeed("e-mail,status\n", .noEmailColumn(FoundNames(["e-mail", "status"], nearestTo: "email")), 1, 1),
        BadFeed(
            "\n\na@example.com\nb@example.com\n",
            .noEmailColumn(FoundNames(["a@example.com"], nearestTo: "email")), 3, 1),
        BadFeed("email;status\n", .noEmailColumn(FoundNames(["email;status"], nearestTo: "email")), 1, 1),
        BadFeed("{\"accounts\": []}\n", .bareQuote, 1, 2),
        BadFeed(Array("email\nä".utf8) + [0xFF] + Array("@example.com\n".utf8), .invalidUTF8, 2, 2),
        BadFeed(Array("email\na@example.com\n".utf8) + [0xC3], .invalidUTF8, 3, 1),
        BadFeed([0xFF, 0xFE, 0x65, 0x00], .invalidUTF8, 1, 1),
        // A surrogate, an overlong slash, a character beyond Unicode
        BadFeed(Array("email\n".utf8) + [0xED, 0xA0, 0x80], .invalidUTF8, 2, 1),
        BadFeed(Array("email\n".utf8) + [0xC0, 0xAF], .invalidUTF8, 2, 1),
        BadFeed(Array("email\n".utf8) + [0xF4, 0x90, 0x80, 0x80], .invalidUTF8, 2, 1),
        // Broken UTF-8 is found before the quote that is not closed
        BadFeed(Array("email\n\"".utf8) + [0x80], .invalidUTF8, 2, 2),
    ])
    func `a feed that is not whole is refused where it breaks`(bad: BadFeed) {
        bad.expectRefusal(as: .csv)
    }

    @Test(arguments: FeedFormat.allCases, ["", "\n", " \t\r\n\n", "\u{FEFF}", "\u{FEFF}\n"])
    func `an empty file is refused in every format`(format: FeedFormat, text: String) {
        let refusal = #expect(throws: FeedRefusal.self) { try feed(text, as: format) }
        #expect(refusal == FeedRefusal(reason: .emptyFile, position: FeedPosition(line: 1, column: 1), path: "feed"))
    }
}
