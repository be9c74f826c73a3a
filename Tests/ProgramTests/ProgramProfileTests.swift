import Foundation
import Glibc
import Support
import Testing

/// How feeds are read that are laid out in other ways.
@Suite("Program: feed profiles")
struct ProgramProfileTests {
    /// Where the operator says how a feed is laid out.
    enum Place: CaseIterable { case commandLine, environment, file, profile }

    @Test(arguments: Place.allCases)
    func `what a feed looks like can be said in four places`(place: Place) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email;State\nANNA;closed\nBEN;live\nCLARA;-\nDORA;cancelled\n", to: "feed.csv")
            var (options, environment): ([String], [String: String]) = ([], [:])
            switch place {
            case .commandLine:
                options = [
                    "--delimiter", ";", "--column", "status=State", "--removal-status", "closed", "--removal-status",
                    "over",
                    "--staying-status", "live,trial", "--null-words", "-",
                ]
            case .environment:
                environment = [
                    "WG_RECONCILE_DELIMITER": ";", "WG_RECONCILE_COLUMN": "status=State",
                    "WG_RECONCILE_REMOVAL_STATUS": "closed,over", "WG_RECONCILE_STAYING_STATUS": "live",
                    "WG_RECONCILE_NULL_WORDS": "-",
                ]
            case .file:
                let members = #"""
                    "delimiter": ";", "column": ["email=email", "status=State"], "removal-status": ["closed", "over"],
                    "staying-status": ["live"], "null-words": ["-"]
                    """#
                options = ["--config", try plane.configure(members)]
            case .profile:
                let keys = #"""
                    {"delimiter": ";", "columns": {"status": "State"}, "removal-status": ["closed", "over"],
                     "staying-status": ["live"], "null-words": ["-"], "description": "A shop."}
                    """#
                options = ["--feed-profile", try plane.write(keys, to: "shop.json")]
            }
            #expect(try plane.program("run", "feed.csv", options, environment: environment).status == 1)
            #expect(try plane.report().outcomes == ["removed", "skipped", "invalid", "invalid"])
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test func `what a feed says of its layout is not guessed, and the refusal names the option`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email;status\nANNA;cancelled\n", to: "feed.csv")
            let before = try plane.fingerprint()
            let result = try plane.program("run", "feed.csv")
            #expect(result.status == 65)
            #expect(result.stderr.contains("semicolons") && result.stderr.contains("--delimiter"), "\(result.stderr)")
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test func `an option goes before what a profile says, key by key`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("mail,status\nANNA,closed\nBEN,cancelled\n", to: "feed.csv")
            let profile = try plane.write(
                #"{"columns": {"email": "mail"}, "removal-status": ["closed"]}"#, to: "shop.json")
            let options = ["--feed-profile", profile, "--removal-status", "cancelled"]
            #expect(try plane.program("run", "feed.csv", options).status == 1)
            #expect(try plane.report().outcomes == ["invalid", "removed"])
            #expect(try plane.gone() == ["BEN"])
        }
    }

    @Test(arguments: [
        ("%d.%m.%Y %H:%M", "03.02.2001 04:05"), ("unix", "981173100"), ("unix-ms", "981173100000"),
        ("rfc3339", "2001-02-03T04:05:00Z"),
    ])
    func `times are read as they are written`(format: String, time: String) throws {
        try withControlPlane { plane throws in
            try plane.execute("UPDATE wireguard_wireguardinstance SET created = '2000-01-01 00:00:00'")
            try plane.execute("UPDATE auth_user SET date_joined = '2000-01-01 00:00:00'")
            try plane.writeFeed("email,status,effective_at\nANNA,cancelled,\(time)\n", to: "feed.csv")
            let options = ["--time-format", format]
            #expect(try plane.program("run", "feed.csv", options).status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test(arguments: [("Pacific/Kiritimati", true), ("UTC", false), ("Pacific/Pago_Pago", false)])
    func `a date begins at midnight in --time-zone`(zone: String, isDue: Bool) throws {
        try withControlPlane { plane throws in
            // 13 hours from now: that day has begun where clocks are 14 hours ahead of UTC.
            let soon = UTCTime(seconds: Int64(Date().timeIntervalSince1970) + 13 * 3_600)
            let day = soon.rfc3339.prefix(10)
            let isTomorrow = day != UTCTime(seconds: Int64(Date().timeIntervalSince1970)).rfc3339.prefix(10)
            try plane.writeFeed("email,status,effective_at\nANNA,cancelled,\(day)\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv", ["--time-zone", zone]).status == 0)
            let expected = isTomorrow ? isDue : zone != "Pacific/Pago_Pago" || Self.hasBegunInPagoPago(String(day))
            #expect(try plane.report().outcomes == [expected ? "removed" : "skipped"])
        }
    }

    /// Eleven hours behind UTC.
    private static func hasBegunInPagoPago(_ day: String) -> Bool {
        UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 11 * 3_600).rfc3339.prefix(10) >= day
    }

    // MARK: Several profiles

    private static let shop = #"{"columns": {"email": "Mail"}, "files": ["shop-*.csv"]}"#
    private static let club = #"{"records": "members", "removal-status": ["left"], "files": ["club*"]}"#

    @Test func `each feed of an inbox is read by the profile for its name, and another one by none`() throws {
        try withControlPlane { plane throws in
            let profiles =
                ["--feed-profile", try plane.write(Self.shop, to: "shop.json")]
                + ["--feed-profile", try plane.write(Self.club, to: "club.json")]
            try plane.drop([
                ("shop-1.csv", "Mail,status\nANNA,cancelled\n"),
                ("club.json", #"{"members": [{"email": "BEN", "status": "left"}]}"#),
                ("other.csv", "email,status\nCLARA,cancelled\nDORA,left\n"),
            ])
            #expect(try plane.runInbox(profiles).status == 1, "DORA's word is the club's")
            #expect(try plane.gone() == ["ANNA", "BEN", "CLARA"])
            let read = try plane.allReports().map(\.outcomes.count).sorted()
            #expect(read == [1, 1, 2])
        }
    }

    @Test(arguments: ["run", "plan"])
    func `a feed that two profiles match is 78, and nothing is touched`(command: String) throws {
        try withControlPlane { plane throws in
            let profiles = [Self.shop, #"{"files": ["*-1.csv"]}"#].enumerated()
            let options = try profiles.flatMap { ["--feed-profile", try plane.write($1, to: "profile\($0).json")] }
            try plane.drop([
                ("shop-1.csv", "Mail,status\nANNA,cancelled\n"), ("b.csv", "email,status\nBEN,cancelled\n"),
            ])
            let before = try plane.fingerprint()
            let inbox = try Program.run([command, "--inbox", plane.inbox] + plane.places + options)
            #expect(inbox.status == 78)
            #expect(inbox.stderr.contains("profile0.json") && inbox.stderr.contains("profile1.json"), "\(inbox.stderr)")
            #expect(try plane.program(command, "inbox/shop-1.csv", options).status == 78)
            // The inbox makes its folders and its lock before it reads a feed.
            #expect(try plane.gone() == [] && plane.inboxContent() == ["b.csv", "shop-1.csv"])
            if command == "plan" { #expect(try plane.fingerprint().changes(since: before) == []) }
        }
    }

    // MARK: Profiles that are wrong

    @Test(arguments: [
        ("{", "ends before it is complete"), ("[]", "expected"), (#"{"column": {}}"#, "has to be one of columns, "),
        (#"{"columns": {"mail": "x"}}"#, "columns.mail"), (#"{"columns": ["x"]}"#, "has to be an object"),
        (#"{"removal-status": "closed"}"#, "has to be an array of texts"),
        (#"{"every-entry-ends": 1}"#, "true or false"),
        (#"{"time-format": "%H:%M"}"#, "has to be rfc3339"), (#"{"time-zone": "CEST"}"#, "Europe/Berlin"),
        (#"{"delimiter": "ab"}"#, "one character"), (#"{"encoding": "ebcdic"}"#, "utf-8, utf-16 or windows-1252"),
        (#"{"records": "a", "records": "b"}"#, "for the second time"), ("{} {}", "text after the end"),
        (#"{"removal-status": ["a"], "staying-status": ["A"]}"#, "it is listed both as removal"),
    ])
    func `a profile that is none is 78`(text: String, says: String) throws {
        try withControlPlane { plane throws in
            let profile = try plane.write(text, to: "profile.json")
            let before = try plane.fingerprint()
            let result = try plane.program("run", "feed.csv", ["--feed-profile", profile])
            #expect(result.status == 78)
            #expect(result.stderr.contains(profile) && result.stderr.contains(says), "\(result.stderr)")
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test func `one that is missing is 78, and one that others may write 77`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv", ["--feed-profile", plane.path("absent.json")]).status == 78)
            let open = try plane.write("{}", to: "open.json", mode: 0o666)
            #expect(try plane.program("run", "feed.csv", ["--feed-profile", open]).status == 77)
        }
    }

    @Test func `a column of the profile that the feed does not have is named, with the nearest one`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("Customer mail,status\nANNA,cancelled\n", to: "feed.csv")
            let result = try plane.program("run", "feed.csv", ["--column", "email=Customer Email"])
            #expect(result.status == 65)
            #expect(result.stderr.contains("which is where email should be"), "\(result.stderr)")
            #expect(result.stderr.contains("Customer mail"))
        }
    }
}

/// The profiles of `jobs/feeds`, each on an export of the system that it is for.
@Suite("Jobs: feed profiles")
struct JobProfileTests {
    /// One entry after the other: `gone` for removal, `stays`, `later` for a removal that is put off, `unclear` for a word
    /// that the profile leaves open.
    private static let exports: [(String, String)] = [
        ("stripe.json", "gone gone stays stays stays stays unclear stays gone stays"),
        ("whmcs.json", "gone stays gone gone stays gone"),
        ("recurly.csv", "gone stays stays gone stays stays unclear"),
        ("chargebee.json", "gone stays stays gone stays stays stays unclear"),
        ("lemon-squeezy.json", "gone later stays gone stays stays unclear stays"),
        ("woocommerce.json", "gone stays stays gone stays stays unclear"),
    ]

    @Test(arguments: exports)
    func `an export is read as its profile says`(name: String, expected: String) throws {
        try withControlPlane { plane throws in
            // A copy: in a checkout the group may write the files, perhaps.
            let system = name.prefix { $0 != "." }
            let profile = try plane.write(JobFiles.read("feeds/\(system).json"), to: "profile.json")
            let text = try String(contentsOfFile: FeedFile.path("profiles/" + name), encoding: .utf8)
            let feed = "\(system)-2026-11-26." + (name.split(separator: ".").last ?? "")
            try plane.write(text, to: feed)
            let expected = expected.split(separator: " ").map(String.init)

            let plan = try plane.program("plan", feed, ["--feed-profile", profile, "--json"])
            #expect(plan.status == (expected.contains("unclear") ? 1 : 0))
            let entries = try JSONObject(plan.stdout).objects("entries")
            let found = try entries.map { entry in
                let errors: [String] = try entry.value("errors")
                return switch try entry.value("expected_outcome") as String {
                // None of these customers is in the sample.
                case "already_absent": "gone"
                case "skipped": errors.first?.hasPrefix("not yet due") == true ? "later" : "stays"
                case "invalid": "unclear"
                case let other: other
                }
            }
            #expect(found == expected)
            #expect(try entries.allSatisfy { try ($0.value("email") as String).contains("@") })
            #expect(entries.allSatisfy { $0.members["account_id"] is String })
            // By its name in an inbox as well.
            try plane.makeInbox([(feed, text)])
            let inbox = try Program.run(
                ["plan", "--inbox", plane.inbox, "--json", "--feed-profile", profile] + plane.places)
            let documents = try JSONSerialization.jsonObject(with: Data(inbox.stdout.utf8)) as? [[String: Any]]
            #expect((documents?.only?["entries"] as? [Any])?.count == expected.count)
        }
    }

    @Test func `every profile has an export, and names the pages that it was made from`() throws {
        let profiles = try FileManager.default.contentsOfDirectory(atPath: JobFiles.folder + "/feeds")
            .filter { $0.hasSuffix(".json") }
        #expect(Set(profiles.map { $0.prefix { $0 != "." } }) == Set(Self.exports.map { $0.0.prefix { $0 != "." } }))
        for name in profiles {
            let pages: [String] = try JSONObject(JobFiles.read("feeds/" + name)).value("documentation")
            #expect(!pages.isEmpty && pages.allSatisfy { $0.hasPrefix("https://") }, "\(name)")
        }
    }
}
