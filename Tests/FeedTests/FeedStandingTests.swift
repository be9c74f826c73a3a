import Testing

@testable import Feed
@testable import Support

@Suite struct FeedStandingTests {
    private static let now = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    /// What becomes of the rows of `email,status,effective_at,subscription_id`, which begin on line 2. The last may be left
    /// out.
    private func standings(_ rows: [String]) throws -> [FeedStanding] {
        let whole = rows.map { row in row.count { $0 == "," } < 3 ? row + "," : row }
        let text = "email,status,effective_at,subscription_id\n" + whole.joined(separator: "\n")
        return Array(FeedStandings(judging: try feed(text), now: Self.now))
    }

    private static func duplicate(of number: Int) -> FeedStanding {
        .duplicate(of: number, message: "same account as entry \(number) on line \(number + 1)")
    }

    private static func protected(by number: Int) -> FeedStanding {
        .skipped(
            "the account stays: entry \(number) on line \(number + 1) says so about another of its subscriptions")
    }

    private static let noSubscription =
        "entries for the same account disagree, and not all of them name a subscription_id"
    private static let noDates = "entries for the same subscription disagree, and their dates do not decide"
    private static let unreadable = "an entry for the same account cannot be read"

    private static func disagree(_ removal: String, _ stays: String, _ why: String = noSubscription) -> FeedStanding {
        .refused("\(why): removal \(removal), stays \(stays)")
    }

    private static let active = FeedStanding.skipped(#"status "active" does not mean removal"#)

    private static func unknown(_ word: String) -> FeedStanding {
        .invalid([
            "status \(word.quotedForMessage()) is not a known word: --removal-status or --staying-status says what "
                + "it means"
        ])
    }

    // MARK: One entry

    @Test(arguments: [
        "cancelled", "canceled", "suspended", "payment_failed", "deletion_requested", "CANCELLED", "Payment_Failed",
        " cancelled\t", "\u{A0}suspended",
    ])
    func `a status that means removal`(status: String) throws {
        #expect(try standings(["a@example.com,\(status),"]) == [.due])
    }

    @Test(arguments: ["active", "trialing", "past_due", "pending", "ACTIVE", " Past_Due "])
    func `a status that means that the account stays`(status: String) throws {
        let message = "status \(status.trimmed.quotedForMessage()) does not mean removal"
        #expect(try standings(["a@example.com,\(status),"]) == [.skipped(message)])
    }

    @Test(arguments: [
        "terminated", "expired", "inactive", "cancelled?", "cancel", "payment failed", "not cancelled",
        "payment-failed",
        "0", "\u{17F}uspended", "cancelled\u{200B}", "NULL",
    ])
    func `any other status is no known word`(status: String) throws {
        #expect(try standings(["a@example.com,\(status),"]) == [Self.unknown(status)])
    }

    @Test(arguments: ["b@example.com,active,", "b@example.com,cancelled,", ",cancelled,", "a@example.com,cancelled,"])
    func `with one status, even on an entry that is invalid, all have to have one`(other: String) throws {
        let standings = try standings(["a@example.com,,", other])
        #expect(standings[0] == .invalid(["status is missing, though other entries have one"]))
        #expect(standings[1] != Self.duplicate(of: 1))
    }

    @Test func `a status that is no string counts as one`() throws {
        let feed = try feed(#"[{"email": "a@example.com"}, {"email": "b@example.com", "status": 1}]"#, as: .json)
        #expect(
            Array(FeedStandings(judging: feed, now: Self.now)) == [
                .invalid(["status is missing, though other entries have one"]),
                .invalid([
                    "status is not a string, and 1 is not a known word: --removal-status or --staying-status says "
                        + "what it means"
                ]),
            ])
    }

    @Test func `an invalid entry keeps all its faults`() throws {
        #expect(
            try standings(["anna,,x", "b@example.com,active,"])[0]
                == .invalid([
                    "email has no @", "status is missing, though other entries have one",
                    #"effective_at is not an RFC 3339 time or date: "x""#,
                ]))
    }

    @Test(
        arguments: [
            ("", nil),
            ("2026-11-23", nil),
            ("2026-11-23T18:00:00Z", nil),
            ("2026-11-23T19:00:00+01:00", nil),
            ("2026-11-23T18:00:00.000000001Z", "not yet due: effective 2026-11-23T18:00:00.000000001Z"),
            ("2026-11-23T18:00:00-00:01", "not yet due: effective 2026-11-23T18:01:00Z"),
            ("2026-11-24", "not yet due: effective 2026-11-24"),
        ] as [(String, String?)])
    func `an entry is due from its effective time on`(date: String, skipped: String?) throws {
        #expect(try standings(["a@example.com,cancelled,\(date)"]) == [skipped.map { .skipped($0) } ?? .due])
    }

    @Test(arguments: ["", "2026-11-01", "2026-12-01", "2099-01-01T00:00:00Z"])
    func `an entry that says that the account stays is never put off`(date: String) throws {
        #expect(try standings(["a@example.com,active,\(date)"]) == [Self.active])
    }

    // MARK: The same account more than once

    struct Group: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var rows: [String]
        var standings: [FeedStanding]

        init(_ description: String, _ rows: [String], _ standings: [FeedStanding]) {
            testDescription = description
            self.rows = rows
            self.standings = standings
        }
    }

    private static let agreeing = [
        Group(
            "all agree on removal: the first, whatever the dates",
            ["a@example.com,cancelled,2026-11-01", "a@example.com,suspended,2026-11-20", "a@EXAMPLE.com,canceled,"],
            [.due, duplicate(of: 1), duplicate(of: 1)]),
        Group(
            "all agree on removal: the first, whatever the subscriptions",
            [
                "a@example.com,cancelled,2026-11-01,s1", "a@example.com,suspended,2026-11-20,s2",
                "a@example.com,canceled,,",
            ],
            [.due, duplicate(of: 1), duplicate(of: 1)]),
        Group(
            "different mailboxes are no duplicates",
            ["a@example.com,cancelled,", "A@example.com,cancelled,", "a@example.org,active,"],
            [.due, .due, active]),
        Group(
            "none means removal: each is skipped for itself",
            ["a@example.com,active,2026-11-01", "a@example.com,active,2026-11-20,s1", "a@example.com,active,,s1"],
            [active, active, active]),
        Group(
            "a removal that is due, and one that is not: the first counts, the other is not kept",
            ["a@example.com,cancelled,2026-11-02", "a@example.com,cancelled,2026-12-01"],
            [
                .due,
                .skipped(
                    "not yet due: effective 2026-12-01; not kept, because of entry 1 on line 2 for the same account"),
            ]),
    ]

    private static let ofOneSubscription = [
        Group(
            "removal later than activity: removal",
            ["a@example.com,active,2026-11-01,s", "a@example.com,cancelled,2026-11-02,s"],
            [duplicate(of: 2), .due]),
        Group(
            "activity later than removal: it stays",
            ["a@example.com,cancelled,2026-11-01,s", "a@example.com,active,2026-11-02,s"],
            [duplicate(of: 2), active]),
        Group(
            "activity later than removal, and later than now: it stays",
            ["a@example.com,cancelled,2026-11-02,s", "a@example.com,active,2026-12-01,s"],
            [duplicate(of: 2), active]),
        Group(
            "the last word counts, though its side also spoke before",
            [
                "a@example.com,cancelled,2026-11-01T00:00:00Z,s", "a@example.com,active,2026-11-02T00:00:00Z,s",
                "a@example.com,cancelled,2026-11-03T00:00:00Z,s",
            ],
            [duplicate(of: 3), duplicate(of: 3), .due]),
        Group(
            "an instant on a day of the other side: not decided",
            ["a@example.com,active,2026-11-02,s", "a@example.com,cancelled,2026-11-02T23:59:59Z,s"],
            [disagree("on line 3", "on line 2", noDates), disagree("on line 3", "on line 2", noDates)]),
        Group(
            "an instant at the end of a day of the other side: later",
            ["a@example.com,active,2026-11-02,s", "a@example.com,cancelled,2026-11-03T00:00:00Z,s"],
            [duplicate(of: 2), .due]),
        Group(
            "a day that begins at the other side's instant: not decided",
            ["a@example.com,active,2026-11-02T00:00:00Z,s", "a@example.com,cancelled,2026-11-02,s"],
            [disagree("on line 3", "on line 2", noDates), disagree("on line 3", "on line 2", noDates)]),
        Group(
            "a day that begins after the other side's instant: later",
            ["a@example.com,cancelled,2026-11-02,s", "a@example.com,active,2026-11-01T23:59:59.9Z,s"],
            [.due, duplicate(of: 1)]),
        Group(
            "the same day: not decided",
            ["a@example.com,cancelled,2026-11-02,s", "a@example.com,active,2026-11-02,s"],
            [disagree("on line 2", "on line 3", noDates), disagree("on line 2", "on line 3", noDates)]),
        Group(
            "the same instant in two spellings: not decided",
            ["a@example.com,cancelled,2026-11-02T01:00:00+01:00,s", "a@example.com,active,2026-11-02T00:00:00Z,s"],
            [disagree("on line 2", "on line 3", noDates), disagree("on line 2", "on line 3", noDates)]),
        Group(
            "one without a date: not decided",
            [
                "a@example.com,cancelled,2026-11-05,s", "a@example.com,active,2026-11-02,s", "b@example.com,cancelled,",
                "a@example.com,cancelled,,s",
            ],
            [
                disagree("on line 2, on line 5", "on line 3", noDates),
                disagree("on line 2, on line 5", "on line 3", noDates), .due,
                disagree("on line 2, on line 5", "on line 3", noDates),
            ]),
    ]

    private static let ofSeveralSubscriptions = [
        Group(
            "another subscription stays: it protects the account",
            ["a@example.com,cancelled,2026-11-20,s1", "a@example.com,active,2026-11-01,s2"],
            [protected(by: 2), active]),
        Group(
            "another subscription stays, without any date: it protects the account",
            ["a@example.com,active,,s1", "a@example.com,cancelled,,s2", "a@example.com,cancelled,2026-11-20,s3"],
            [active, protected(by: 1), protected(by: 1)]),
        Group(
            "another subscription stays, with its renewal for a date: it protects the account",
            ["a@example.com,cancelled,2026-11-02,s1", "a@example.com,active,2026-12-01,s2"],
            [protected(by: 2), active]),
        Group(
            "case counts in a subscription's name, and white space around it does not",
            [
                "a@example.com,cancelled,2026-11-02,S", "a@example.com,active,2026-11-01,s",
                "a@example.com,active,2026-11-01, S ",
            ],
            [protected(by: 2), active, duplicate(of: 1)]),
        Group(
            "one came back, another ended: the one that is back protects the account",
            [
                "a@example.com,cancelled,2026-11-01,s1", "a@example.com,active,2026-11-02,s1",
                "a@example.com,cancelled,2026-11-03,s2",
            ],
            [duplicate(of: 2), active, protected(by: 2)]),
        Group(
            "each was alive and has ended: the first removal that counts",
            [
                "a@example.com,active,2026-11-01,s1", "a@example.com,cancelled,2026-11-02,s1",
                "a@example.com,active,2026-11-01,s2", "a@example.com,cancelled,2026-11-03,s2",
            ],
            [duplicate(of: 2), .due, duplicate(of: 2), duplicate(of: 2)]),
        Group(
            "one of them is not decided: all are refused, though another subscription stays",
            [
                "a@example.com,cancelled,,s1", "a@example.com,active,2026-11-02,s1", "a@example.com,active,,s2",
            ],
            Array(repeating: disagree("on line 2", "on line 3, on line 4", noDates), count: 3)),
    ]

    private static let ofTheWholeAccount = [
        Group(
            "no subscription, though there are dates: refused",
            ["a@example.com,active,2026-11-01", "a@example.com,cancelled,2026-11-02"],
            [disagree("on line 3", "on line 2"), disagree("on line 3", "on line 2")]),
        Group(
            "the removal names no subscription: refused",
            ["a@example.com,active,2026-11-01,s", "a@example.com,cancelled,2026-11-02,"],
            [disagree("on line 3", "on line 2"), disagree("on line 3", "on line 2")]),
        Group(
            "the entry that stays names no subscription: refused",
            ["a@example.com,cancelled,2026-11-01,s", "a@example.com,active,2026-11-02,"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "white space is no subscription",
            ["a@example.com,cancelled,2026-11-01, ", "a@example.com,active,2026-11-02,s"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "no dates: refused",
            ["a@example.com,cancelled,", "a@example.com,trialing,"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "many lines are counted, not listed",
            Array(repeating: "a@example.com,cancelled,", count: 5) + ["a@example.com,active,"],
            Array(repeating: disagree("on line 2, on line 3, on line 4 and 2 more", "on line 7"), count: 6)),
    ]

    private static let withInvalidEntries = [
        Group(
            "a removal with a date that cannot be read may be one for later",
            ["a@example.com,cancelled,2026-02-30", "a@example.com,cancelled,"],
            [
                .invalid([#"effective_at is not an RFC 3339 time or date: "2026-02-30""#]),
                .refused("\(unreadable): removal on line 3, cannot be read on line 2"),
            ]),
        Group(
            "an entry that may say that the account stays keeps it",
            ["a@example.com,cancelled,2026-11-01", "a@example.com,terminated,2026-11-02"],
            [.refused("\(unreadable): removal on line 2, cannot be read on line 3"), unknown("terminated")]),
        Group(
            "so does one without a status",
            ["a@example.com,,", "a@example.com,cancelled,,s1"],
            [
                .invalid(["status is missing, though other entries have one"]),
                .refused("\(unreadable): removal on line 3, cannot be read on line 2"),
            ]),
        Group(
            "one that names no account says nothing of any",
            ["a@example.com,cancelled,", "mailto:a@example.com,active,"],
            [.due, .invalid(["email begins with mailto:; it has to be only the address"])]),
    ]

    private static let putOff = [
        Group(
            "put off twice: the later one is kept",
            ["a@example.com,cancelled,2026-12-02,s1", "a@example.com,cancelled,2026-12-01,s2"],
            [.skipped("not yet due: effective 2026-12-02"), .skipped("not yet due: effective 2026-12-01")]),
        Group(
            "the subscription is active until then",
            ["a@example.com,active,2026-11-01,s", "a@example.com,cancelled,2026-12-01,s"],
            [active, .skipped("not yet due: effective 2026-12-01")]),
        Group(
            "the account as a whole is active: nothing tells what counts",
            ["a@example.com,active,2026-11-01", "a@example.com,cancelled,2026-12-01"],
            [disagree("on line 3", "on line 2"), disagree("on line 3", "on line 2")]),
        Group(
            "the subscription is active, nobody knows since when",
            ["a@example.com,active,,s", "a@example.com,cancelled,2026-12-01,s"],
            [disagree("on line 3", "on line 2", noDates), disagree("on line 3", "on line 2", noDates)]),
        Group(
            "the subscription is active from a later time on: what is put off is not kept",
            ["a@example.com,cancelled,2026-12-01,s", "a@example.com,active,2026-12-24,s"],
            [
                .skipped(
                    "not yet due: effective 2026-12-01; not kept, because of entry 2 on line 3 for the same account"),
                active,
            ]),
        Group(
            "where others are refused, so is what is put off",
            ["a@example.com,active,", "a@example.com,cancelled,", "a@example.com,cancelled,2026-12-01"],
            Array(repeating: disagree("on line 3, on line 4", "on line 2"), count: 3)),
        Group(
            "another subscription stays: what is put off is not kept",
            ["a@example.com,active,,s1", "a@example.com,cancelled,2026-12-01,s2"],
            [
                active,
                .skipped(
                    "not yet due: effective 2026-12-01; not kept, because of entry 1 on line 2 for the same account"),
            ]),
    ]

    @Test(
        arguments: agreeing + ofOneSubscription + ofSeveralSubscriptions + ofTheWholeAccount + withInvalidEntries
            + putOff)
    func `entries for one account are settled among each other`(group: Group) throws {
        #expect(try standings(group.rows) == group.standings)
    }

    @Test func `an account id decides nothing`() throws {
        func standings(_ ids: (String, String)) throws -> [FeedStanding] {
            let text =
                "email,status,account_id,effective_at\na@example.com,cancelled,\(ids.0),2026-11-01\n"
                + "a@example.com,active,\(ids.1),2026-11-02\n"
            return Array(FeedStandings(judging: try feed(text), now: Self.now))
        }
        let refused = Self.disagree("on line 2", "on line 3")
        #expect(try standings(("7", "7")) == [refused, refused])
        #expect(try standings(("7", "8")) == [refused, refused])
    }

    @Test func `a number and a text are one subscription`() throws {
        let feed = try feed(
            """
            [{"email": "a@example.com", "status": "cancelled", "subscription_id": 7, "effective_at": "2026-11-01"},
             {"email": "a@example.com", "status": "active", "subscription_id": "7", "effective_at": "2026-11-02"}]
            """, as: .json)
        #expect(
            Array(FeedStandings(judging: feed, now: Self.now)) == [
                .duplicate(of: 2, message: "same account as entry 2 on line 2"), Self.active,
            ])
    }

    @Test func `where lines are not known, entries are named`() {
        func entry(_ number: Int, _ meaning: StatusMeaning) -> FeedEntry {
            FeedEntry(number: number, line: nil, email: "a@example.com", meaning: meaning)
        }
        let agreed = Feed(format: .json, entries: [entry(1, .removal), entry(2, .removal)])
        #expect(
            Array(FeedStandings(judging: agreed, now: Self.now)) == [
                .due, .duplicate(of: 1, message: "same account as entry 1"),
            ])
        let torn = Feed(format: .json, entries: [entry(1, .removal), entry(2, .stays)])
        #expect(Array(FeedStandings(judging: torn, now: Self.now))[0] == Self.disagree("in entry 1", "in entry 2"))
    }

    // MARK: Ids that a spreadsheet has shortened

    @Test(arguments: [
        ("1.91E+18", true), ("1,91E+18", true), ("2e+05", true), ("1.91E18", false), ("sub_1E+1", false),
        ("E+18", false),
        ("1.91E+", false), ("1910000000000000000", false), ("1.9E-5", false), ("", false),
    ])
    func `an id in scientific notation is warned of`(id: String, isShortened: Bool) throws {
        for column in ["account_id", "subscription_id"] {
            let text = "email,status,\(column)\nb@example.com,active,1\na@example.com,cancelled,\"\(id)\"\n"
            let standings = FeedStandings(judging: try feed(text), now: Self.now)
            #expect(standings.shortenedIDs.count == (isShortened ? 1 : 0))
            #expect(standings.shortenedIDs.firstLine == (isShortened ? 3 : nil))
            #expect(standings[1] == .due)
        }
    }

    // MARK: Large feeds

    @Test(arguments: [true, false])
    func `a large feed is judged in linear time`(isOneAccount: Bool) throws {
        let rows = (0..<50_000).map { "a\(isOneAccount ? 0 : $0)@example.com,\($0 % 2 == 0 ? "cancelled" : "active")," }
        let standings = try standings(rows)
        #expect(standings.count == 50_000)
        #expect(standings.contains(.due) != isOneAccount)
    }

    @Test func `a feed that is judged in parts is judged as a whole`() throws {
        // More than enough for every core to get a part.
        let count = 40_000
        var rows = (1...count).map { "user\($0)@example.com,cancelled," }
        rows[count - 1] = "user1@example.com,cancelled,"
        rows[count - 2] = "user2@example.com,active,"
        rows[count - 3] = "user39998@example.com,,"
        rows[20_000] = "user3@example.com,cancelled,2026-11-20"
        let found = try standings(rows)
        #expect(found.count == count)
        #expect(found[count - 1] == Self.duplicate(of: 1))
        #expect(found[1] == Self.disagree("on line 3", "on line \(count)") && found[count - 2] == found[1])
        #expect(found[count - 3] == .invalid(["status is missing, though other entries have one"]))
        #expect(found[20_000] == Self.duplicate(of: 3))
        #expect(found.count { $0 == .due } == count - 5)

        // A status in one part alone is enough for the others to need one.
        let alone = try standings((1..<count).map { "user\($0)@example.com,," } + ["last@example.com,active,"])
        #expect(alone[count - 1] == Self.active)
        #expect(alone.dropLast().allSatisfy { $0 == .invalid(["status is missing, though other entries have one"]) })
    }
}
