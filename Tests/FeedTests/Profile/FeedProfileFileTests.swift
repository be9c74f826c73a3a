import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support

@Suite("A feed profile: the file")
struct FeedProfileFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private func profiles(_ texts: [String], _ options: FeedProfileKeys = FeedProfileKeys()) throws -> FeedProfiles {
        let paths = try texts.enumerated().map { index, text in
            let name = "profile\(index).json"
            try folder.write(text, to: name)
            #expect(chmod(folder.path + "/" + name, 0o644) == 0)
            return folder.path + "/" + name
        }
        return try FeedProfiles(readingFilesAt: paths, options: options, trust: FileTrust())
    }

    private func error(_ text: String, _ options: FeedProfileKeys = FeedProfileKeys()) throws -> any ExplainedError {
        let error = try #require(throws: (any Error).self) { try profiles([text], options) }
        return try #require(error as? any ExplainedError)
    }

    @Test func `every key is read`() throws {
        let profile = try profiles([
            """
            {"description": "Billing", "documentation": ["https://billing.example"],
             "columns": {"email": "data.object.customer_email", "status": "state", "account_id": "id",
                         "subscription_id": "sub", "reason": "why", "effective_at": "ended"},
             "records": "data.list", "removal-status": ["Expired", "over"], "staying-status": ["canceled"],
             "time-format": "unix-ms", "time-zone": "Europe/Berlin", "null-words": ["NULL"], "delimiter": "tab",
             "encoding": "UTF-16", "every-entry-ends": false, "lists-everybody": true, "files": ["a-*.csv", "b-*"]}
            """
        ]).profiles[0]
        #expect(
            profile.columns == [
                .email: "data.object.customer_email", .status: "state", .accountID: "id", .subscriptionID: "sub",
                .reason: "why", .effectiveAt: "ended",
            ])
        #expect(profile.records == "data.list")
        #expect(profile.words == StatusWords(removal: ["expired", "over"], staying: ["canceled"]))
        #expect(profile.timeFormat == .unixMilliseconds && profile.timeZone == FeedTimeZone("Europe/Berlin"))
        #expect(profile.nullWords == ["NULL"] && profile.delimiter == UInt8(ascii: "\t") && profile.encoding == .utf16)
        #expect(!profile.everyEntryEnds && profile.listsEverybody && profile.files == ["a-*.csv", "b-*"])
        #expect(profile.path == folder.path + "/profile0.json")
    }

    @Test func `what it does not say is as usual`() throws {
        var profile = try profiles(["{}"]).profiles[0]
        profile.path = nil
        #expect(profile == .standard)
    }

    @Test(arguments: [
        (#"{"column": {}}"#, #"line 1, column 2: "column" has to be one of columns, records, "#),
        (#"{"Columns": {}}"#, #""Columns" has to be one of "#),
        (#"{"columns": []}"#, #"line 1, column 13: "columns" has to be an object"#),
        (
            #"{"columns": {"mail": "x"}}"#,
            #""columns.mail" has to be one of email, status, account_id, subscription_id, reason, effective_at"#
        ),
        (#"{"columns": {"email": 7}}"#, #""columns" has to be text"#),
        (#"{"columns": {"email": " "}}"#, #""columns" has to be text"#),
        (#"{"columns": {"email": "a", "email": "b"}}"#, #"the key "email" appears here for the second time"#),
        (#"{"records": ["data"]}"#, #""records" has to be text"#),
        (#"{"removal-status": "expired"}"#, #""removal-status" has to be an array of texts"#),
        (#"{"staying-status": ["a", 1]}"#, #""staying-status" has to be an array of texts"#),
        (#"{"time-format": 1}"#, #""time-format" has to be text"#),
        (
            #"{"time-format": "%Y"}"#,
            #""time-format" has to be rfc3339, unix, unix-ms, or a strptime pattern of a date"#
        ),
        (#"{"time-zone": "CET"}"#, #""time-zone" has to be a name like Europe/Berlin, or UTC"#),
        (#"{"null-words": null}"#, #""null-words" has to be an array of texts"#),
        (#"{"delimiter": ";;"}"#, #""delimiter" has to be one character, or tab"#),
        (#"{"encoding": "latin1"}"#, #""encoding" has to be utf-8, utf-16 or windows-1252"#),
        (#"{"every-entry-ends": "true"}"#, #""every-entry-ends" has to be true or false"#),
        (#"{"lists-everybody": 1}"#, #""lists-everybody" has to be true or false"#),
        (#"{"files": "a*"}"#, #""files" has to be an array of texts"#),
        (#"{"files": [], "files": []}"#, #"the key "files" appears here for the second time"#),
        ("[]", "not valid JSON; expected "), ("", "ends before it is complete"), ("{} {}", "text after the end"),
        (#"{"records": "x""#, "the JSON ends before it is complete"), ("{,}", "line 1, column 2: not valid JSON"),
    ])
    func `what is no profile is a wrong configuration`(text: String, cause: String) throws {
        let error = try error(text)
        #expect(error.exitStatus == .configurationWrong)
        #expect(error.subject == folder.path + "/profile0.json")
        #expect(error.cause.contains(cause), "\(error.cause)")
    }

    @Test func `bytes that are no UTF-8 are one`() throws {
        let path = folder.path + "/bytes.json"
        try Data(#"{"records": ""#.utf8 + [0xFF] + Data(#""}"#.utf8)).write(to: URL(filePath: path))
        let error = #expect(throws: MalformedProfile.self) {
            try FeedProfiles(readingFilesAt: [path], options: FeedProfileKeys(), trust: FileTrust())
        }
        #expect(error?.exitStatus == .configurationWrong)
    }

    @Test(arguments: [
        (#"{"removal-status": ["over", "gone"], "staying-status": ["GONE "]}"#, "gone"),
        // One list is the usual one.
        (#"{"removal-status": ["past_due"]}"#, "past_due"), (#"{"staying-status": ["Cancelled"]}"#, "cancelled"),
    ])
    func `a word that means both is a wrong configuration`(text: String, word: String) throws {
        let error = try #require(try error(text) as? WordWithTwoMeanings)
        #expect(error.word.trimmed.lowercased() == word)
        #expect(error.exitStatus == .configurationWrong)
    }

    @Test func `so is one of the options alone`() throws {
        var options = FeedProfileKeys()
        options.removalStatus = ["pending"]
        let error = #expect(throws: WordWithTwoMeanings.self) { try profiles([], options) }
        #expect(error?.exitStatus == .configurationWrong && error?.path == nil)
    }

    @Test func `a profile that others may write is not trusted`() throws {
        try folder.write("{}", to: "open.json")
        #expect(chmod(folder.path + "/open.json", 0o666) == 0)
        #expect(throws: UntrustedFile.self) {
            try FeedProfiles(
                readingFilesAt: [folder.path + "/open.json"], options: FeedProfileKeys(), trust: FileTrust())
        }
        #expect(throws: UnusableFile.self) {
            try FeedProfiles(
                readingFilesAt: [folder.path + "/none.json"], options: FeedProfileKeys(), trust: FileTrust())
        }
    }

    // MARK: Options and several profiles

    @Test func `an option goes before what the profile says`() throws {
        var options = FeedProfileKeys()
        options.columns = [.email: "mail"]
        options.timeFormat = .unix
        options.removalStatus = ["over"]
        let profile = try profiles(
            [
                #"{"columns": {"email": "x", "status": "state"}, "time-format": "rfc3339", "records": "data", "delimiter": ";"}"#
            ],
            options
        ).profiles[0]
        #expect(profile.columns == [.email: "mail", .status: "state"])
        #expect(profile.timeFormat == .unix && profile.records == "data" && profile.delimiter == UInt8(ascii: ";"))
        #expect(profile.words == StatusWords(removal: ["over"]))
    }

    @Test func `without a profile the options are one`() throws {
        var options = FeedProfileKeys()
        options.everyEntryEnds = true
        let profile = try profiles([], options).profile(forFeedAt: "feed.csv", inInbox: false)
        #expect(profile.everyEntryEnds)
    }

    @Test func `a feed is read with the profile that its name matches, one that none matches as usual`() throws {
        let profiles = try profiles([
            #"{"files": ["stripe-*.json"], "records": "data"}"#,
            #"{"files": ["whmcs-*", "old-*"], "records": "clients"}"#,
        ])
        func records(_ name: String) throws -> String? {
            try profiles.profile(forFeedAt: "/inbox/" + name, inInbox: true).records
        }
        #expect(try records("stripe-2026.json") == "data")
        #expect(try records("old-7.json") == "clients")
        #expect(try records("stripe.json") == nil)
        #expect(try profiles.profile(forFeedAt: "/inbox/x.csv", inInbox: true) == .standard)
    }

    @Test func `the only one is for a feed that is named by itself, and in an inbox for those that match`() throws {
        let profiles = try profiles([#"{"files": ["stripe-*.json"], "records": "data"}"#])
        #expect(try profiles.profile(forFeedAt: "x.json", inInbox: false).records == "data")
        #expect(try profiles.profile(forFeedAt: "x.json", inInbox: true).records == nil)
        #expect(
            try self.profiles([#"{"records": "data"}"#]).profile(forFeedAt: "x.json", inInbox: true).records == "data")
    }

    @Test func `a feed that two profiles match is a wrong configuration`() throws {
        let profiles = try profiles([#"{"files": ["stripe-*"]}"#, #"{"files": ["*.json"]}"#, #"{"files": ["x"]}"#])
        let error = #expect(throws: ProfilesOverlap.self) {
            try profiles.profile(forFeedAt: "/inbox/stripe-1.json", inInbox: true)
        }
        #expect(error?.profiles == [folder.path + "/profile0.json", folder.path + "/profile1.json"])
        #expect(error?.exitStatus == .configurationWrong)
    }
}
