import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report

@Suite("Which rows an email of the feed means")
struct AccountNamesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var inFeed: String
        var inDatabase: String
        var outcome: Outcome
        var errorHas: String?

        init(_ description: String, _ inFeed: String, _ inDatabase: String, _ outcome: Outcome, _ error: String? = nil)
        {
            testDescription = description
            self.inFeed = inFeed
            self.inDatabase = inDatabase
            self.outcome = outcome
            errorHas = error
        }
    }

    private static let composed = "ren\u{e9}@example.com"
    private static let decomposed = "rene\u{301}@example.com"

    @Test(
        "is decided byte for byte before the @, and without regard to ASCII case after it",
        arguments: [
            Case("the same spelling", "ann@example.com", "ann@example.com", .removed),
            Case("white space around the feed's", " ann@example.com ", "ann@example.com", .removed),
            Case("another case in the domain", "ann@Example.COM", "ann@example.com", .removed),
            Case("another case in the database's domain", "ann@example.com", "ann@EXAMPLE.com", .removed),
            Case("an @ in the local part", "\"a@b\"@Example.com", "\"a@b\"@example.com", .invalid, "more than one @"),
            Case(
                "another case before the @", "Ann@example.com", "ann@example.com", .refused, #""ann@example.com""#),
            Case(
                "another case of a letter beyond ASCII", "ren\u{c9}@example.com", composed, .refused, "\"\(composed)\""),
            Case(
                "another case of a letter beyond ASCII in the domain", "ann@\u{c9}.example", "ann@\u{e9}.example",
                .refused, "\"ann@\u{e9}.example\""),
            Case("an accent composed against decomposed", composed, decomposed, .refused, "\"\(decomposed)\""),
            Case("an accent decomposed against composed", decomposed, composed, .refused, "\"\(composed)\""),
            Case("an accent composed on both sides", composed, composed, .removed),
            Case("an accent decomposed on both sides", decomposed, decomposed, .removed),
            Case("one letter more", "ann@example.com", "anna@example.com", .alreadyAbsent, "not found"),
            Case("a suffix of the name", "ann@example.com", "joann@example.com", .alreadyAbsent, "not found"),
            Case("wildcards of SQL", "a%_@example.com", "abc@example.com", .alreadyAbsent, "not found"),
            Case("a quote", "o'neil@example.com", "o'neil@example.com", .removed),
            Case(
                "white space in the database", "ann@example.com", " ann@example.com", .refused, "\" ann@example.com\""),
            Case("a trailing dot in the feed", "ann@example.com.", "ann@example.com", .refused, "\"ann@example.com\""),
            Case(
                "a trailing dot in the database", "ann@example.com", "ann@example.com.", .refused,
                "\"ann@example.com.\""),
            Case(
                "the IDNA form in the feed", "ann@xn--bcher-kva.example", "ann@b\u{fc}cher.example", .refused,
                "\"ann@b\u{fc}cher.example\""),
            Case(
                "the IDNA form in the database", "ann@b\u{fc}cher.example", "ann@xn--bcher-kva.example", .refused,
                "\"ann@xn--bcher-kva.example\""),
        ])
    func spelling(_ example: Case) throws {
        try withBench { bench in
            try bench.work { try $0.account(example.inDatabase) }
            let before = try bench.image()
            let finished = try bench.run([example.inFeed])
            #expect(finished.outcomes == [example.outcome])
            if let text = example.errorHas {
                #expect(finished.results[0].errors.contains { Array($0.utf8).contains(Array(text.utf8)) })
            }
            let untouched = try bench.image().withoutJournal.changes(since: before).isEmpty
            #expect(untouched == (example.outcome != .removed))
            #expect(try bench.plan([example.inFeed]).plan.feed.entries.count == 1)
        }
    }

    @Test("and a spelling that matches is removed beside one that differs in letter case")
    func exactBesideNearMiss() throws {
        try withBench { bench in
            let (exact, other) = try bench.work {
                (try $0.account("Ann@example.com"), try $0.account("ann@example.com"))
            }
            let finished = try bench.run(["Ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.items(1).first == "wireguard_instance \(exact.instance.withHyphens)")
            #expect(try bench.strings("SELECT uuid FROM wireguard_wireguardinstance") == [other.instance])
            #expect(try bench.strings("SELECT email FROM auth_user") == ["ann@example.com"])
        }
    }

    @Test(
        "and none with a blank name belongs to any entry",
        arguments: [
            "email,status\n\"\",cancelled\n", "email,status\n\" \",cancelled\n", "instance,status\n\"\",cancelled\n",
            "[{\"email\": null, \"status\": \"cancelled\"}]", "[{\"email\": \"\", \"status\": \"cancelled\"}]",
            "{\"body\": {\"instance\": \"\"}}", "{\"body\": {\"instance\": null}}", "{\"instance\": \"\"}",
            "{\"instance\": null}", "[{\"email\": \"@\", \"status\": \"cancelled\"}]",
            "[{\"email\": \"_group\", \"status\": \"cancelled\"}]", "[{\"status\": \"cancelled\"}]",
        ])
    func blankNames(feed: String) throws {
        try withBench { bench in
            try bench.work { plane in
                // The original endpoint removed these on `""` and on `null`.
                try plane.user("", isSuperuser: true)
                try plane.user("")
                try plane.user(" ")
                try plane.instance(nil)
                try plane.instance("")
                try plane.instance(" ")
                try plane.group("_group")
            }
            let before = try bench.image()
            try feed.write(toFile: bench.feed, atomically: false, encoding: .utf8)
            let options = bench.options {
                $0.feedFormat = feed.hasPrefix("email") || feed.hasPrefix("inst") ? .csv : .json
            }
            let finished = try Reconciliation(options, .still()).run()
            #expect(finished.outcomes == [.invalid])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }
}
