import Testing

@testable import Feed
@testable import Support

@Suite("A feed profile: times")
struct FeedTimeFormatTests {
    private static let berlin = FeedTimeZone("Europe/Berlin")!
    private static let newYork = FeedTimeZone("America/New_York")!

    private func time(_ text: String, _ format: String, _ zone: FeedTimeZone = .utc) -> EffectiveTime? {
        guard let format = FeedTimeFormat(format) else { return nil }
        return try? EffectiveTime(text, format, in: zone)
    }

    @Test(arguments: [
        ("1795457220", "unix", "2026-11-23T18:07:00Z"),
        ("631152000", "unix", "1990-01-01T00:00:00Z"),
        ("1795457220123", "unix-ms", "2026-11-23T18:07:00.123Z"),
        ("1795457220000", "unix-ms", "2026-11-23T18:07:00Z"),
        ("2026-11-23 18:07:00 UTC", "%Y-%m-%d %H:%M:%S UTC", "2026-11-23T18:07:00Z"),
        ("23.11.2026 18:07", "%d.%m.%Y %H:%M", "2026-11-23T18:07:00Z"),
        ("23/Nov/2026:19:07:00 +0100", "%d/%b/%Y:%H:%M:%S %z", "2026-11-23T18:07:00Z"),
        ("23.11.2026", "%d.%m.%Y", "2026-11-23"),
        ("2026-11-23", "%F", "2026-11-23"),
        ("11/23/26", "%m/%d/%y", "2026-11-23"),
        ("1969-12-31 23:59:59", "%Y-%m-%d %H:%M:%S", "1969-12-31T23:59:59Z"),
        ("2026-11-23T18:07:00Z", "rfc3339", "2026-11-23T18:07:00Z"),
        ("2026-11-23", "rfc3339", "2026-11-23"),
    ])
    func `a time is read as the feed writes it`(text: String, format: String, shown: String) {
        #expect(time(text, format)?.text == shown)
    }

    @Test(arguments: [
        ("1795457220.5", "unix"), ("-1795457220", "unix"), ("+1795457220", "unix"), ("1.79e9", "unix"), ("", "unix"),
        ("2026-11-23", "unix"), ("99999999999999999999", "unix"),
        ("30.02.2026", "%d.%m.%Y"), ("31.04.2026", "%d.%m.%Y"), ("23.11.2026 ", "%d.%m.%Y"),
        (" 23.11.2026", "%d.%m.%Y"),
        ("23.11.2026x", "%d.%m.%Y"), ("11.23.2026", "%d.%m.%Y"), ("23.11.2026 24:00", "%d.%m.%Y %H:%M"),
        ("23.11.2026 18:60", "%d.%m.%Y %H:%M"), ("2026-11-23", "%d.%m.%Y"), ("", "%d.%m.%Y"),
        ("23.11.2026\u{0}", "%d.%m.%Y"),
    ])
    func `what is no such time is none`(text: String, format: String) { #expect(time(text, format) == nil) }

    @Test(arguments: [
        ("1795457220000", "unix", "unix-ms"), ("1795457220", "unix-ms", "unix"), ("0", "unix", "unix-ms"),
        ("631151999", "unix", "unix-ms"), ("7258118400", "unix", "unix-ms"),
    ])
    func `a number that is far from today is in another unit`(text: String, format: String, other: String) throws {
        let profile = FeedProfile { $0.timeFormat = FeedTimeFormat(format)! }
        let entry = try feed("email,status,effective_at\na@example.com,cancelled,\(text)\n", profile).entries[0]
        #expect(entry.effectiveAt == nil)
        #expect(entry.faults.count == 1 && entry.faults[0].hasSuffix("--time-format \(other) reads the other unit"))
    }

    @Test(arguments: ["", "%Y", "%Y-%m", "%d.%m", "%H:%M", "epoch", "RFC3339", "%Y-%m-%d%", "%q", "%j", "%U %Y"])
    func `a pattern that tells no date is none`(text: String) { #expect(FeedTimeFormat(text) == nil) }

    @Test func `a number of JSON is a time only where times are numbers`() throws {
        let text = #"[{"email":"a@example.com","status":"cancelled","effective_at":1795457220}]"#
        let unix = try feed(text, as: .json, FeedProfile { $0.timeFormat = .unix }).entries[0]
        #expect(unix.effectiveAt == .instant(UTCTime(seconds: 1_795_457_220)))
        #expect(try feed(text, as: .json).entries[0].faults == ["effective_at is not a string"])
        let other = #"[{"email":"a@example.com","status":"cancelled","effective_at":true}]"#
        #expect(
            try feed(other, as: .json, FeedProfile { $0.timeFormat = .unix }).entries[0].faults == [
                "effective_at is not a number"
            ])
    }

    // MARK: time-zone

    @Test(arguments: [
        // Winter, summer, the day on which clocks go forward, the one on which they go back.
        ("2026-11-23", berlin, "2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z"),
        ("2026-07-01", berlin, "2026-06-30T22:00:00Z", "2026-07-01T22:00:00Z"),
        ("2026-03-29", berlin, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", berlin, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("2026-11-23", newYork, "2026-11-23T05:00:00Z", "2026-11-24T05:00:00Z"),
        ("2026-11-23", .utc, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
    ])
    func `a bare date is a day of the time zone`(date: String, zone: FeedTimeZone, beginning: String, end: String)
        throws
    {
        let time = try #require(EffectiveTime(date, in: zone))
        #expect(time.beginning.rfc3339 == beginning)
        #expect(time.end.rfc3339 == end)
        #expect(time.text == date)
        // A pattern without a time of day means the same day.
        #expect(self.time(date, "%Y-%m-%d", zone) == time)
    }

    @Test(arguments: [
        ("2026-11-23 18:07", "2026-11-23T17:07:00Z"), ("2026-07-01 18:07", "2026-07-01T16:07:00Z"),
        // Clocks show 02:00 to 02:59 twice; the later time, so that nobody is removed too early.
        ("2026-10-25 01:59", "2026-10-24T23:59:00Z"), ("2026-10-25 02:00", "2026-10-25T01:00:00Z"),
        ("2026-10-25 02:30", "2026-10-25T01:30:00Z"), ("2026-10-25 03:00", "2026-10-25T02:00:00Z"),
        // Clocks leave 02:00 to 02:59 out.
        ("2026-03-29 01:59", "2026-03-29T00:59:00Z"), ("2026-03-29 02:30", "2026-03-29T01:30:00Z"),
        ("2026-03-29 03:00", "2026-03-29T01:00:00Z"),
    ])
    func `a time without an offset is one of the time zone`(text: String, utc: String) {
        #expect(time(text, "%Y-%m-%d %H:%M", Self.berlin)?.text == utc)
    }

    @Test(arguments: [
        ("2026-11-23T18:07:00Z", "rfc3339", "2026-11-23T18:07:00Z"), ("1795457220", "unix", "2026-11-23T18:07:00Z"),
        ("2026-11-23 18:07 +0000", "%Y-%m-%d %H:%M %z", "2026-11-23T18:07:00Z"),
        ("2026-11-23 18:07 -0500", "%Y-%m-%d %H:%M %z", "2026-11-23T23:07:00Z"),
    ])
    func `one with an offset is not`(text: String, format: String, utc: String) {
        #expect(time(text, format, Self.berlin)?.text == utc)
    }

    @Test func `a bare generated_at is a day of the time zone`() throws {
        let profile = FeedProfile { $0.timeZone = Self.berlin }
        let text = #"{"accounts":[],"generated_at":"2026-11-23"}"#
        #expect(try feed(text, as: .json, profile).generatedAt?.rfc3339 == "2026-11-22T23:00:00Z")
    }

    @Test func `a removal is due from 00:00 of the time zone on`() throws {
        let profile = FeedProfile { $0.timeZone = Self.berlin }
        let text = "email,status,effective_at\na@example.com,cancelled,2026-11-24\n"
        let feed = try feed(text, profile)
        let midnight = UTCTime(rfc3339: "2026-11-23T23:00:00Z")!
        #expect(Array(FeedStandings(judging: feed, now: midnight)) == [.due])
        #expect(
            Array(FeedStandings(judging: feed, now: midnight.adding(seconds: -1))) == [
                .skipped("not yet due: effective 2026-11-24")
            ])
    }

    @Test(arguments: ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+3"])
    func `a time zone has a name of the IANA database`(name: String) { #expect(FeedTimeZone(name)?.name == name) }

    @Test(arguments: ["", "CET", "GMT+1", "+01:00", "Europe", "Europe/Atlantis", "/etc/localtime", "../UTC", "utc"])
    func `no other name is one`(name: String) { #expect(FeedTimeZone(name) == nil) }
}

private func feed(_ text: String, _ profile: FeedProfile) throws -> Feed { try feed(text, as: .csv, profile) }
