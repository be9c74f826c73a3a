import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support

/// The profiles that come with the program, each with an export of realistic shape.
@Suite("A feed profile: the systems that the program knows")
struct FeedProfileExportTests {
    enum Said: Hashable {
        case removal(String?)
        case stays
        case putOff(String)
        case invalid
    }

    struct Export: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var file: String
        var entries: [(email: String, status: String, said: Said)]

        init(_ system: String, _ file: String, _ entries: [(String, String, Said)]) {
            testDescription = system
            self.file = file
            self.entries = entries.map { ($0.0, $0.1, $0.2) }
        }
    }

    private static let (anna, ben, chloe) = ("anna.visser@example.com", "ben@example.org", "chloe@vpn.example")
    private static let (dmitri, ella, farid) = ("dmitri@example.com", "ella@example.org", "farid@example.com")
    private static let (greta, hiro) = ("greta@example.com", "hiro@vpn.example")

    private static let exports = [
        Export(
            "stripe", "stripe.json",
            [
                (anna, "canceled", .removal("2026-11-05T08:00:00Z")),
                (ben, "canceled", .removal("2026-11-20T12:31:40Z")),
                (chloe, "active", .stays), (dmitri, "active", .stays), (ella, "trialing", .stays),
                (farid, "past_due", .stays), (greta, "unpaid", .invalid), (hiro, "incomplete", .stays),
                ("ines@example.org", "incomplete_expired", .removal("2026-11-24T17:00:00Z")),
                ("jonas@example.com", "paused", .stays),
            ]),
        Export(
            "whmcs", "whmcs.json",
            [
                (anna, "Closed", .removal(nil)), (ben, "Active", .stays), (chloe, "Inactive", .removal(nil)),
                (dmitri, "Closed", .removal(nil)), (ella, "Active", .stays), (farid, "Inactive", .removal(nil)),
            ]),
        Export(
            "recurly", "recurly.csv",
            [
                (anna, "expired", .removal("2026-11-05T08:00:00Z")), (ben, "canceled", .stays),
                (chloe, "active", .stays),
                (dmitri, "expired", .removal("2026-11-20T06:15:30Z")), (ella, "future", .stays),
                (farid, "paused", .stays),
                (greta, "pending", .invalid),
            ]),
        Export(
            "chargebee", "chargebee.json",
            [
                (anna, "cancelled", .removal("2026-11-05T08:00:00Z")), (ben, "non_renewing", .stays),
                (chloe, "active", .stays), (dmitri, "cancelled", .removal("2026-11-20T06:15:30Z")),
                (ella, "in_trial", .stays), (farid, "paused", .stays), (greta, "future", .stays),
                (hiro, "transferred", .invalid),
            ]),
        Export(
            "lemon-squeezy", "lemon-squeezy.json",
            [
                (anna, "expired", .removal("2026-11-05T08:00:00Z")),
                (ben, "cancelled", .putOff("2099-04-15T09:00:00Z")),
                (chloe, "active", .stays), (dmitri, "cancelled", .removal("2026-11-24T06:00:00Z")),
                (ella, "on_trial", .stays), (farid, "past_due", .stays), (greta, "unpaid", .invalid),
                (hiro, "paused", .stays),
            ]),
        Export(
            "woocommerce", "woocommerce.json",
            [
                (anna, "cancelled", .removal("2026-11-05T08:00:00Z")), (ben, "pending-cancel", .stays),
                (chloe, "active", .stays), (dmitri, "expired", .removal("2026-11-24T06:00:00Z")),
                (ella, "on-hold", .stays), (farid, "pending", .stays), (greta, "switched", .invalid),
            ]),
    ]

    private static func profile(_ system: String) throws -> FeedProfile {
        let path = Fixtures.path("../jobs/feeds/\(system).json")
        return try FeedProfiles(
            readingFilesAt: [path], options: FeedProfileKeys(), trust: FileTrust(allowsAnything: true)
        ).profile(forFeedAt: "x", inInbox: false)
    }

    @Test("and its export is read as its README says", arguments: exports)
    func export(export: Export) throws {
        let feed = try Feed(
            parsing: FeedFixture(name: "profiles/\(export.file)").bytes, as: FeedFormat(ofFeedAt: export.file),
            Self.profile(export.testDescription), path: export.file)
        #expect(feed.entries.map(\.email) == export.entries.map(\.email))
        #expect(feed.entries.map(\.status) == export.entries.map(\.status))
        let standings = FeedStandings(judging: feed, now: UTCTime(rfc3339: "2026-11-26T00:00:00Z")!)
        for (index, entry) in feed.entries.enumerated() {
            switch (export.entries[index].said, standings[index]) {
            case (.removal(let date), .due): #expect(entry.effectiveAt?.text == date, "\(entry)")
            case (.putOff(let date), .skipped): #expect(entry.effectiveAt?.text == date && entry.meaning == .removal)
            case (.stays, .skipped): #expect(entry.meaning == .stays)
            case (.invalid, .invalid): #expect(entry.meaning == nil)
            default: Issue.record("entry \(index + 1): \(standings[index])")
            }
            #expect(export.file == "whmcs.json" || entry.subscriptionID != nil)
        }
    }

    @Test("and read without it, nobody goes who stays with it", arguments: exports)
    func withoutProfile(export: Export) throws {
        let bytes = try FeedFixture(name: "profiles/\(export.file)").bytes
        guard let feed = try? Feed(parsing: bytes, as: FeedFormat(ofFeedAt: export.file), path: export.file) else {
            return
        }
        let standings = FeedStandings(judging: feed, now: UTCTime(rfc3339: "2026-11-26T00:00:00Z")!)
        let due = standings.indices.filter { standings[$0] == .due }
        // Words may mean the same without a profile, but nobody goes who stays with it.
        for index in due {
            guard case .removal = export.entries[index].said else {
                Issue.record("entry \(index + 1)")
                continue
            }
        }
    }

    @Test("and every profile has one")
    func allProfiles() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("../jobs/feeds"))
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        #expect(Set(names) == Set(Self.exports.map(\.testDescription)))
        for name in names {
            let profile = try Self.profile(name)
            #expect(!profile.files.isEmpty && !profile.everyEntryEnds)
        }
    }
}
