import Testing

@testable import Reconcile

@Suite struct FeedStandingTests {
    private static let now = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    /// What becomes of the rows of `email,status,effective_at`, which begin on line 2.
    private func standings(_ rows: [String]) throws -> [FeedStanding] {
        let text = "email,status,effective_at\n" + rows.joined(separator: "\n")
        return Array(FeedStandings(judging: try feed(text), now: Self.now))
    }

    private static func duplicate(of number: Int) -> FeedStanding {
        .duplicate(of: number, message: "same account as entry \(number) on line \(number + 1)")
    }

    private static func disagree(_ removal: String, _ none: String) -> FeedStanding {
        .refused(
            "entries for the same account disagree, and their dates do not decide: removal \(removal), none \(none)")
    }

    private static let active = FeedStanding.skipped(#"status "active" does not mean removal"#)

    @Test(arguments: [
        "cancelled", "canceled", "suspended", "payment_failed", "deletion_requested", "CANCELLED", "Payment_Failed",
        " cancelled\t", "\u{A0}suspended",
    ])
    func `a status that means removal`(status: String) throws {
        #expect(try standings(["a@example.com,\(status),"]) == [.due])
    }

    @Test(arguments: [
        "active", "trialing", "cancelled?", "cancel", "payment failed", "not cancelled", "payment-failed", "0",
        "\u{17F}uspended", "cancelled\u{200B}",
    ])
    func `any other status means that nothing is done`(status: String) throws {
        guard case .skipped(let message) = try standings(["a@example.com,\(status),"])[0] else {
            Issue.record("not skipped")
            return
        }
        #expect(message == "status \(status.quotedForMessage()) does not mean removal")
    }

    @Test(arguments: ["email\na@example.com\nb@example.com", "email,status\na@example.com,\nb@example.com,\" \""])
    func `without any status every entry means removal`(text: String) throws {
        #expect(Array(FeedStandings(judging: try feed(text), now: Self.now)) == [.due, .due])
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
                .invalid(["status is missing, though other entries have one"]), .invalid(["status is not a string"]),
            ])
    }

    @Test func `an invalid entry keeps all its faults`() throws {
        #expect(
            try standings(["anna,,x", "b@example.com,active,"])[0]
                == .invalid([
                    "email has no @", #"effective_at is not an RFC 3339 time or date: "x""#,
                    "status is missing, though other entries have one",
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

    @Test(arguments: [
        Group(
            "all agree on removal: the first, whatever the dates",
            ["a@example.com,cancelled,2026-11-01", "a@example.com,suspended,2026-11-20", "a@EXAMPLE.com,canceled,"],
            [.due, duplicate(of: 1), duplicate(of: 1)]),
        Group(
            "different mailboxes are no duplicates",
            ["a@example.com,cancelled,", "A@example.com,cancelled,", "a@example.org,active,"],
            [.due, .due, active]),
        Group(
            "none means removal: the latest",
            ["a@example.com,active,2026-11-01", "a@example.com,active,2026-11-20", "a@example.com,active,2026-11-02"],
            [duplicate(of: 2), active, duplicate(of: 2)]),
        Group(
            "none means removal, the same date: the first of them",
            ["a@example.com,active,", "a@example.com,active,2026-11-20", "a@example.com,active,2026-11-20"],
            [duplicate(of: 2), active, duplicate(of: 2)]),
        Group(
            "none means removal, no date: the first",
            ["a@example.com,active,", "a@example.com,active,"],
            [active, duplicate(of: 1)]),
        Group(
            "removal later than activity: removal",
            ["a@example.com,active,2026-11-01", "a@example.com,cancelled,2026-11-02"],
            [duplicate(of: 2), .due]),
        Group(
            "activity later than removal: none",
            ["a@example.com,cancelled,2026-11-01", "a@example.com,active,2026-11-02"],
            [duplicate(of: 2), active]),
        Group(
            "the last word counts, though its side also spoke before",
            [
                "a@example.com,cancelled,2026-11-01T00:00:00Z", "a@example.com,active,2026-11-02T00:00:00Z",
                "a@example.com,cancelled,2026-11-03T00:00:00Z",
            ],
            [duplicate(of: 3), duplicate(of: 3), .due]),
        Group(
            "an instant on a day of the other side: not decided",
            ["a@example.com,active,2026-11-02", "a@example.com,cancelled,2026-11-02T23:59:59Z"],
            [disagree("on line 3", "on line 2"), disagree("on line 3", "on line 2")]),
        Group(
            "an instant at the end of a day of the other side: later",
            ["a@example.com,active,2026-11-02", "a@example.com,cancelled,2026-11-03T00:00:00Z"],
            [duplicate(of: 2), .due]),
        Group(
            "a day that begins at the other side's instant: not decided",
            ["a@example.com,active,2026-11-02T00:00:00Z", "a@example.com,cancelled,2026-11-02"],
            [disagree("on line 3", "on line 2"), disagree("on line 3", "on line 2")]),
        Group(
            "a day that begins after the other side's instant: later",
            ["a@example.com,cancelled,2026-11-02", "a@example.com,active,2026-11-01T23:59:59.9Z"],
            [.due, duplicate(of: 1)]),
        Group(
            "the same day: not decided",
            ["a@example.com,cancelled,2026-11-02", "a@example.com,active,2026-11-02"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "the same instant in two spellings: not decided",
            ["a@example.com,cancelled,2026-11-02T01:00:00+01:00", "a@example.com,active,2026-11-02T00:00:00Z"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "one without a date: not decided",
            [
                "a@example.com,cancelled,2026-11-05", "a@example.com,active,2026-11-02", "b@example.com,cancelled,",
                "a@example.com,cancelled,",
            ],
            [
                disagree("on line 2, on line 5", "on line 3"), disagree("on line 2, on line 5", "on line 3"), .due,
                disagree("on line 2, on line 5", "on line 3"),
            ]),
        Group(
            "no dates: not decided",
            ["a@example.com,cancelled,", "a@example.com,trialing,"],
            [disagree("on line 2", "on line 3"), disagree("on line 2", "on line 3")]),
        Group(
            "an entry that is not yet due is set aside",
            ["a@example.com,cancelled,2026-11-02", "a@example.com,active,2026-12-01"],
            [.due, .skipped("not yet due: effective 2026-12-01")]),
        Group(
            "an entry that is invalid is set aside",
            ["a@example.com,cancelled,2026-02-30", "a@example.com,cancelled,", "a@example.com,,"],
            [
                .invalid([#"effective_at is not an RFC 3339 time or date: "2026-02-30""#]), .due,
                .invalid(["status is missing, though other entries have one"]),
            ]),
        Group(
            "many lines are counted, not listed",
            Array(repeating: "a@example.com,cancelled,", count: 5) + ["a@example.com,active,"],
            Array(repeating: disagree("on line 2, on line 3, on line 4 and 2 more", "on line 7"), count: 6)),
    ])
    func `entries for one account are settled among each other`(group: Group) throws {
        #expect(try standings(group.rows) == group.standings)
    }

    @Test func `where lines are not known, entries are named`() {
        func entry(_ number: Int, _ status: String) -> FeedEntry {
            FeedEntry(number: number, line: nil, email: "a@example.com", status: status)
        }
        let agreed = Feed(format: .json, entries: [entry(1, "cancelled"), entry(2, "cancelled")])
        #expect(
            Array(FeedStandings(judging: agreed, now: Self.now)) == [
                .due, .duplicate(of: 1, message: "same account as entry 1"),
            ])
        let torn = Feed(format: .json, entries: [entry(1, "cancelled"), entry(2, "active")])
        #expect(Array(FeedStandings(judging: torn, now: Self.now))[0] == Self.disagree("in entry 1", "in entry 2"))
    }

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
