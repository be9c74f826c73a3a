import Testing

@testable import Feed
@testable import Support

@Suite struct FeedTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2026-11-23T18:07:00Z", 1_795_457_220, 0),
            ("2026-11-23t18:07:00z", 1_795_457_220, 0),
            ("2026-11-23T18:07:00.5Z", 1_795_457_220, 500_000_000),
            ("2026-11-23T18:07:00.000000001Z", 1_795_457_220, 1),
            ("2026-11-23T18:07:00.9999999999999Z", 1_795_457_220, 999_999_999),
            ("2026-11-23T19:07:00+01:00", 1_795_457_220, 0),
            ("2026-11-23T12:37:00-05:30", 1_795_457_220, 0),
            ("2026-11-23T18:07:00-00:00", 1_795_457_220, 0),
            ("2026-11-24T18:06:00+23:59", 1_795_457_220, 0),
            ("1969-12-31T23:59:59.25Z", -1, 250_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
            ("0000-02-29T00:00:00Z", -62_162_121_600, 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
            ("9999-12-31T23:59:59-01:00", 253_402_304_399, 0),
            ("2024-02-29T00:00:00Z", 1_709_164_800, 0),
            ("2000-02-29T00:00:00Z", 951_782_400, 0),
        ] as [(String, Int64, Int32)])
    func `an RFC 3339 time is read to the nanosecond`(text: String, seconds: Int64, nanoseconds: Int32) {
        #expect(UTCTime(rfc3339: text) == UTCTime(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        // Days that no calendar has
        "2026-02-29T00:00:00Z", "2026-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z",
        // Hours that no clock has
        "2026-11-23T24:00:00Z", "2026-11-23T18:60:00Z", "2026-11-23T18:07:61Z", "2026-11-23T18:07:00+24:00",
        "2026-11-23T18:07:00+01:60",
        // Something missing
        "", "2026", "2026-11-23", "2026-11-23T", "2026-11-23T18:07Z", "2026-11-23T18:07:00", "2026-11-23T18:07:00+01",
        "2026-11-23T18:07:00+0100", "2026-11-23T18:07:00.Z", "2026-11-23T18:07:00.5", "2026-11-23T18:07:00+",
        "26-11-23T18:07:00Z", "2026-11-23T8:07:00Z",
        // Something too many
        "2026-11-23T18:07:00Z ", " 2026-11-23T18:07:00Z", "2026-11-23T18:07:00ZZ", "2026-11-23T18:07:00Z+01:00",
        "2026-11-23T18:07:00+01:000", "2026-11-23T18:07:00Z\n", "2026-11-23T18:07:00Z\0", "12026-11-23T18:07:00Z",
        "+2026-11-23T18:07:00Z",
        // Something else
        "2026-11-23 18:07:00Z", "2026-11-23_18:07:00Z", "2026/11/23T18:07:00Z", "20261123T180700Z",
        "2026-11-23T18:07:00,5Z", "2026-11-23T18.07.00Z", "2026-11-23T18:07:00 Z", "2026-11-23T18:07:00−01:00",
        "２０２６-11-23T18:07:00Z", "2026-W48-1T18:07:00Z", "-026-11-23T18:07:00Z", "2026-1a-23T18:07:00Z",
    ])
    func `whatever is no RFC 3339 time is none`(text: String) {
        #expect(UTCTime(rfc3339: text) == nil)
    }

    @Test(
        arguments: [
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("2012-06-30T23:59:60.5Z", "2012-07-01T00:00:00.5Z"),
            ("2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00Z"),
            ("2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00Z"),
            ("2016-12-30T23:59:60Z", nil),
            ("2016-12-31T23:58:60Z", nil),
            ("2016-12-31T23:59:60+01:00", nil),
            ("2016-09-30T23:59:60Z", nil),
            ("2016-11-23T18:07:60Z", nil),
        ] as [(String, String?)])
    func `a leap second is one only where UTC can have it, and counts as the next second`(text: String, time: String?) {
        #expect(UTCTime(rfc3339: text)?.rfc3339 == time)
    }

    @Test(arguments: [
        (UTCTime(seconds: 0), "1970-01-01T00:00:00Z"),
        (UTCTime(seconds: 1_795_457_220), "2026-11-23T18:07:00Z"),
        (UTCTime(seconds: 1_795_457_220, nanoseconds: 120_000_000), "2026-11-23T18:07:00.12Z"),
        (UTCTime(seconds: 1_795_457_220, nanoseconds: 7), "2026-11-23T18:07:00.000000007Z"),
        (UTCTime(seconds: -1, nanoseconds: 500_000_000), "1969-12-31T23:59:59.5Z"),
        (UTCTime(seconds: -62_167_219_200), "0000-01-01T00:00:00Z"),
        (UTCTime(seconds: -62_167_219_201), "-0001-12-31T23:59:59Z"),
        (UTCTime(seconds: 253_402_304_399), "10000-01-01T00:59:59Z"),
    ])
    func `a time is printed in UTC, with a fraction only where it has one`(time: UTCTime, text: String) {
        #expect(time.rfc3339 == text)
    }

    @Test func `every day of four centuries and the days around them are read as they are printed`() {
        let first = UTCTime(rfc3339: "1599-12-30T12:00:00Z")!
        for day in Int64(0)..<146_110 {
            let time = first.adding(seconds: day * 86_400)
            #expect(UTCTime(rfc3339: time.rfc3339) == time)
            #expect(UTCTime(date: time.date) == time.adding(seconds: -43_200))
        }
    }

    @Test func `times without end are printed all the same`() {
        #expect(UTCTime(seconds: .max).rfc3339.hasSuffix("Z"))
        #expect(UTCTime(seconds: .min).rfc3339.hasPrefix("-"))
    }

    @Test(
        arguments: [
            ("2026-11-23 13:44:31.622707", "2026-11-23T13:44:31.622707Z"),
            ("2026-11-23 13:44:31", "2026-11-23T13:44:31Z"),
            ("2026-11-23T13:44:31", "2026-11-23T13:44:31Z"),
            ("2026-11-23t13:44:31.5z", "2026-11-23T13:44:31.5Z"),
            ("2026-11-23 13:44:31+00:00", "2026-11-23T13:44:31Z"),
            ("2026-11-23 00:44:31+01:00", "2026-11-22T23:44:31Z"),
            ("2026-11-23 13:44", "2026-11-23T13:44:59Z"),
            ("2026-11-23T13:44Z", "2026-11-23T13:44:59Z"),
            ("2026-11-23", "2026-11-23T23:59:59Z"),
            ("2026-11-23 13:44:31.", nil),
            ("2026-11-23 13:44:", nil),
            ("2026-11-23 13:44:3", nil),
            ("2026-11-23 13:44:60", nil),
            ("2026-11-23 24:00", nil),
            ("2026-11-23 13", nil),
            ("2026-11-23 ", nil),
            ("2026-11-23Z", nil),
            ("2026-11-23 13:44:31 ", nil),
            ("2026-11-23 13:44:31+0000", nil),
            ("2026-02-30 13:44:31", nil),
            ("2026-02-30", nil),
            ("", nil),
        ] as [(String, String?)])
    func `Django's text, and its like, is read as UTC where it has no offset`(text: String, time: String?) {
        #expect(UTCTime(stored: text)?.rfc3339 == time)
    }

    @Test(arguments: [
        ("2026-12-01", "2026-12-01", "2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z"),
        ("2026-12-01T10:00:00+02:00", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z", "2026-12-01T08:00:00Z"),
    ])
    func `effective_at is a time or a whole day`(text: String, shown: String, beginning: String, end: String) throws {
        let time = try #require(EffectiveTime(text))
        #expect(time.text == shown)
        #expect(time.beginning.rfc3339 == beginning)
        #expect(time.end.rfc3339 == end)
    }

    @Test(arguments: ["", "2026-02-30", "2026-12-1", "2026-12-01 ", "2026-12", "01.12.2026", "tomorrow", "1795457220"])
    func `effective_at is nothing else`(text: String) {
        #expect(EffectiveTime(text) == nil)
    }
}
