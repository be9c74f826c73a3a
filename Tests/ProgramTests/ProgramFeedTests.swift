import Foundation
import Testing

/// What the program does with the feeds of `fixtures/feeds`; that they are read rightly is the library's tests' matter.
@Suite("Program: a feed that is not whole")
struct ProgramBadFeedTests {
    @Test(arguments: FeedFile.all(in: "bad"))
    func `is refused with its place, and nothing is touched`(feed: FeedFile) throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let result = try plane.program("run", feed.path)

            #expect(result.status == 65)
            #expect(result.stdout == "")
            let message = try #require(result.log.only, "one line, and no step was done")
            #expect(message.contains(" error: cannot read the feed \(feed.path): "))
            let place = #/: line \d+, column \d+(, entry \d+)?: /#
            // What is nowhere in JSON has no place.
            let isNowhere = message.contains(": nothing in the feed states ") && !feed.name.hasSuffix(".csv")
            #expect(message.contains(place) || feed.isEmpty || isNowhere)
            #expect(message.contains(" try=\"nothing was touched; "))
            #expect(try plane.fingerprint().changes(since: before) == [], "no lock file, no report folder, nothing")
        }
    }

    @Test(arguments: [
        ("cut-off.csv", "line 4, column 16: the row has only 2 fields, the header 4"),
        ("trailing-comma.json", "line 3, column 1, entry 2: not valid JSON; expected a value"),
        ("cut-off.jsonl", "line 2, column 21, entry 2: the JSON ends before it is complete"),
        ("empty.csv", "the feed is empty"),
    ])
    func `is told apart by its message`(name: String, message: String) throws {
        try withControlPlane { plane in
            let result = try plane.program("run", FeedFile.path("bad/" + name))
            #expect(result.stderr.contains(": \(message) try="))
        }
    }

    @Test(arguments: ["plan", "run"])
    func `counts before a database that is missing`(command: String) throws {
        try withControlPlane { plane in
            try FileManager.default.removeItem(atPath: plane.database)
            #expect(try plane.program(command, "feed-broken.csv").status == 65)
            #expect(try plane.program(command, "feed.csv").status == 69)
        }
    }

    @Test func `leaves the report of the night before as it was`() throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv").status == 1)
            let before = try plane.fingerprint()
            #expect(try plane.program("run", "feed-broken.csv").status == 65)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}

@Suite("Program: a plan")
struct ProgramPlanTouchesNothingTests {
    /// The entries that need attention are those without an email, or without an @.
    @Test(arguments: FeedFile.all(in: "good"))
    func `of a good feed touches nothing`(feed: FeedFile) throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let result = try plane.program("plan", feed.path)
            let expected: Int32 = ["invalid-entries.csv", "duplicates.csv"].contains(feed.name) ? 1 : 0
            #expect(result.status == expected)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test(arguments: ["feed.csv", "feed.json", "feed.jsonl"])
    func `of the sample's feed touches nothing, also after a run`(feed: String) throws {
        try withControlPlane { plane in
            let fresh = try plane.fingerprint()
            #expect(try plane.program("plan", feed).status == 1)
            #expect(try plane.fingerprint().changes(since: fresh) == [], "no journal, no lock file, no report folder")

            #expect(try plane.program("run", feed).status == 1)
            let used = try plane.fingerprint()
            #expect(try plane.program("plan", feed).status == 1)
            #expect(try plane.program("run", feed, ["--dry-run"]).status == 1)
            #expect(try plane.fingerprint().changes(since: used) == [], "`latest` leads where it led")
        }
    }
}

/// A file of `fixtures/feeds`.
struct FeedFile: CustomTestStringConvertible, Sendable {
    var path: String
    var name: String { String(path.split(separator: "/").last ?? "") }
    var testDescription: String { name }

    /// A feed with nothing in it has no place to name.
    var isEmpty: Bool { name.hasPrefix("empty.") || name.hasPrefix("only-") }

    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../fixtures/feeds/\(name)")
            .standardizedFileURL.path()
    }

    static func all(in folder: String) -> [FeedFile] {
        // A folder that is missing leaves no case, which Swift Testing would pass over: so it is an error here.
        let names = try? FileManager.default.contentsOfDirectory(atPath: path(folder))
        guard let names, !names.isEmpty else { fatalError("no feeds in \(path(folder))") }
        return names.sorted().map { FeedFile(path: path(folder + "/" + $0)) }
    }
}

extension Array {
    /// The element of an array of one.
    var only: Element? { count == 1 ? self[0] : nil }
}
