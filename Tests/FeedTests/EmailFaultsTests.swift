import Glibc
import Testing

@testable import Feed

@Suite("An email")
struct EmailFaultsTests {
    private func faults(of email: String) -> [String] {
        var faults: [String] = []
        EmailFaults.add(of: email, to: &faults)
        return faults
    }

    @Test(
        "is one plain address, or the entry is invalid",
        arguments: [
            ("", ["email is blank"]),
            ("@", ["email has nothing before its @", "email has nothing after its @"]),
            ("a@", ["email has nothing after its @"]),
            ("@example.com", ["email has nothing before its @"]),
            ("anna", ["email has no @"]),
            ("a@b@example.com", ["email has more than one @"]),
            ("a@@example.com", ["email has more than one @"]),
            ("Ada <a@example.com>", ["email has a < in it; it has to be exactly one address"]),
            ("<a@example.com>", ["email has a < in it; it has to be exactly one address"]),
            ("mailto:a@example.com", ["email begins with mailto:; it has to be only the address"]),
            ("MAILTO:a@example.com", ["email begins with mailto:; it has to be only the address"]),
            (
                "a@example.com,b@example.com",
                ["email has a , in it; it has to be exactly one address", "email has more than one @"]
            ),
            (
                "a@example.com; b@example.com",
                ["email has a ; in it; it has to be exactly one address", "email has more than one @"]
            ),
            (
                "a@example.com b@example.com",
                ["email has white space in it; it has to be exactly one address", "email has more than one @"]
            ),
            ("c***3@example.com", ["email has a * in it; it has to be exactly one address"]),
            ("\"a b\"@example.com", ["email has a \" in it; it has to be exactly one address"]),
            ("a:b@example.com", ["email has a : in it; it has to be exactly one address"]),
            ("an na@example.com", ["email has white space in it; it has to be exactly one address"]),
            ("anna@exam\u{A0}ple.com", ["email has white space in it; it has to be exactly one address"]),
            ("anna@example.com\u{0}", ["email has a control or invisible character (U+0000)"]),
            ("an\u{200B}na@example.com", ["email has a control or invisible character (U+200B)"]),
            ("anna@ex_ample.com", ["the domain of email has a _ in it"]),
            ("anna@ex+ample.com", ["the domain of email has a + in it"]),
            ("anna@[192.0.2.1]", ["the domain of email has a [ in it"]),
            ("anna@example.com/x", ["the domain of email has a / in it"]),
            ("anna@example!com", ["the domain of email has a ! in it"]),
            ("anna@example..com", ["the domain of email has a part without letters"]),
            ("anna@.example.com", ["the domain of email has a part without letters"]),
            ("anna@example.com..", ["the domain of email has a part without letters"]),
            ("anna@-.com", ["the domain of email has a part without letters"]),
            ("anna@.", ["the domain of email has a part without letters"]),
            ("anna@\u{1F600}.com", ["the domain of email has a \u{1F600} in it"]),
        ] as [(String, [String])])
    func unusable(email: String, expected: [String]) {
        #expect(faults(of: email) == expected)
    }

    @Test(
        "may have letters of every script, signs before the @, and a dot at its end",
        arguments: [
            "a@b", "anna@example.com", "anna@example.com.", "anna.b+c_d-e@example.com", "o'neil@example.com",
            "a!#$%&'/=?^`{|}~z@example.com", "anna@localhost", "anna@1.2.3.4", "anna@-x-.example",
            "\u{E5}sa@example.com",
            "anna@b\u{FC}cher.example", "anna@bu\u{308}cher.example", "anna@xn--bcher-kva.example",
            "\u{5F20}\u{4E09}@\u{4F8B}\u{5B50}.\u{4E2D}\u{56FD}",
            "\u{43F}@\u{43F}\u{43E}\u{447}\u{442}\u{430}.\u{440}\u{444}",
            "a@\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}.example", "a@\u{661}\u{662}.example",
        ])
    func usable(email: String) {
        #expect(faults(of: email) == [])
    }

    @Test(
        "has at most 254 characters, however many bytes they have",
        arguments: ["a", "\u{FC}", "\u{1F600}"], [(242, true), (243, false), (100_000, false)])
    func length(letter: String, count: (Int, isUsable: Bool)) throws {
        let email = String(repeating: letter, count: count.0) + "@example.com"
        #expect(faults(of: email) == (count.isUsable ? [] : ["email is longer than 254 characters"]))
        #expect(EmailFaults.shortened(email).unicodeScalars.count <= 255)
        let entry = try feed("email,status\n\(email),cancelled\n").entries[0]
        #expect(entry.faults.isEmpty == count.isUsable)
    }

    @Test("of any length is invalid, and takes time in proportion to it", arguments: FeedFormat.allCases)
    func huge(format: FeedFormat) throws {
        let short = try secondsToRead(emailOf: 1 << 20, format)
        let long = try secondsToRead(emailOf: 1 << 23, format)
        // Eight times as long, and far from eight times eight.
        #expect(long < 32 * max(short, 0.001))
    }

    /// Of the processor, so that it does not matter what else the host does.
    private func secondsToRead(emailOf count: Int, _ format: FeedFormat) throws -> Double {
        let email = String(repeating: "a", count: count) + "@example.com"
        let text =
            switch format {
            case .csv: "email,status\n\(email),cancelled\nb@example.com,cancelled\n"
            case .json: #"[{"email":"\#(email)","status":"cancelled"},{"email":"b@example.com","status":"cancelled"}]"#
            case .jsonl:
                "{\"email\":\"\(email)\",\"status\":\"cancelled\"}\n{\"email\":\"b@example.com\",\"status\":\"cancelled\"}\n"
            }
        let bytes = Array(text.utf8)
        let start = threadSeconds
        let entries = try Feed(parsing: bytes, as: format, path: "feed").entries
        #expect(entries.map(\.faults) == [["email is longer than 254 characters"], []])
        #expect(entries[0].email.utf8.count < 1_000)
        return threadSeconds - start
    }

    private var threadSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

@Suite("A field")
struct FeedFieldLengthTests {
    private static let most = String(repeating: "x", count: 65_536)

    @Test("has at most 65,536 bytes", arguments: ["status", "account_id", "subscription_id", "reason", "effective_at"])
    func length(field: String) throws {
        for (value, isTooLong) in [(Self.most, false), (Self.most + "x", true)] {
            let table = try feed("email,\(field)\na@example.com,\(value)\n")
            let lines = try feed(#"{"email":"a@example.com","\#(field)":"\#(value)"}"#, as: .jsonl)
            for entries in [table.entries, lines.entries] {
                #expect(entries[0].faults.contains("\(field) is longer than 65536 bytes") == isTooLong)
            }
        }
    }

    @Test("that no feed knows may be longer")
    func unknown() throws {
        let feed = try feed("email,status,note\na@example.com,active,\"\(Self.most)\n\(Self.most)\"\n")
        #expect(feed.entries[0].faults == [])
    }
}
