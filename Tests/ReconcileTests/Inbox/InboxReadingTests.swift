import Foundation
import Glibc
import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Support

@Suite("Inbox: feeds that are still being written")
struct SettledLookTests {
    private func listing(_ folder: ScratchFolder, meanwhile: @escaping @Sendable () -> Void) throws -> InboxListing {
        let waits = Shared<[Milliseconds]>([])
        let listing = try Inbox(folder.path, wantsSignatures: false).settledListing(
            .still(pause: { time in
                waits.change { $0.append(time) }
                meanwhile()
            }))
        #expect(waits.value == [2_000])
        return listing
    }

    @Test("are left alone, and named", arguments: ["grows", "is touched", "is replaced", "is written in place"])
    func changing(how: String) throws {
        let folder = try ScratchFolder()
        try folder.write("email,status\n", to: "a.csv")
        try folder.write("email,status\n", to: "b.csv")
        let path = folder.path + "/a.csv"
        let listing = try listing(folder) {
            switch how {
            case "grows":
                let file = open(path, O_WRONLY | O_APPEND)
                _ = write(file, "x", 1)
                close(file)
            case "is touched":
                let time = timespec(tv_sec: 1, tv_nsec: 0)
                utimensat(AT_FDCWD, path, [time, time], 0)
            case "is replaced":
                _ = try? Data("email,status\n".utf8).write(to: URL(filePath: path), options: .atomic)
            default:
                let file = open(path, O_WRONLY)
                _ = write(file, "E", 1)
                close(file)
            }
        }
        #expect(listing.feeds.map(\.name) == ["b.csv"])
        #expect(listing.bystanders == [InboxListing.Bystander(name: "a.csv", reason: .beingWritten)])
    }

    @Test("are those, too, that came or went between the two looks")
    func comeAndGo() throws {
        let folder = try ScratchFolder()
        try folder.write("email,status\n", to: "a.csv")
        try folder.write("email,status\n", to: "gone.csv")
        let path = folder.path
        let listing = try listing(folder) {
            _ = try? Data("email,status\n".utf8).write(to: URL(filePath: path + "/new.csv"))
            unlink(path + "/gone.csv")
        }
        #expect(listing.feeds.map(\.name) == ["a.csv"])
        #expect(listing.bystanders.map(\.name) == ["new.csv"])
    }

    @Test("are those that a process has open for writing, where that can be told")
    func openForWriting() throws {
        let folder = try ScratchFolder()
        try folder.write("email,status\n", to: "a.csv")
        let file = open(folder.path + "/a.csv", O_WRONLY)
        defer { close(file) }
        let listing = try listing(folder) {}
        #expect(listing.feeds.isEmpty && listing.bystanders.map(\.reason) == [.beingWritten])
    }

    @Test("are none where nothing waits, and nobody waits for it")
    func empty() throws {
        let folder = try ScratchFolder()
        let listing = try Inbox(folder.path, wantsSignatures: false).settledListing(
            .still(pause: { _ in Issue.record("waited") }))
        #expect(listing.feeds.isEmpty)
    }
}

@Suite("Inbox: feeds are read together")
struct InboxReadingTests {
    private static let evening = UTCTime(rfc3339: "2026-11-23T18:00:00Z")!

    private func withInbox(_ body: (Bench, Inbox) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in for name in ["ann", "bob", "cat"] { try plane.account("\(name)@example.com") } }
            let folder = bench.folder + "/inbox"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try body(bench, Inbox(folder, wantsSignatures: false))
        }
    }

    private func lay(_ bench: Bench, _ name: String, _ rows: String, hoursBefore hours: Int64) throws {
        try bench.write(
            "email,status,effective_at\n" + rows, to: bench.folder + "/inbox/" + name,
            madeAt: Self.evening.adding(seconds: -3_600 * hours))
    }

    /// Runs the inbox; the results of each feed by its name.
    private func run(_ bench: Bench, _ inbox: Inbox) throws -> (
        ended: [(String, [AccountResult], String?)], end: InboxEnd
    ) {
        // Each run of the call gets an id of its own.
        let runs = Shared<UInt32>(0)
        var surroundings = Surroundings.still(at: Self.evening)
        surroundings.randomNumber = {
            runs.change {
                $0 += 1
                return $0
            }
        }
        var ended: [(String, [AccountResult], String?)] = []
        let end = try InboxRun(inbox, bench.options { $0.source = .deferred }, surroundings).perform(
            found: { _ in },
            ended: { end in
                guard case .success(let run) = end.run else {
                    return ended.append((end.feed.name, [], end.movedTo?.place.rawValue))
                }
                ended.append((end.feed.name, Array(run.results), end.movedTo?.place.rawValue))
            })
        return (ended, end)
    }

    @Test(
        "and what a later one says stands",
        arguments: [
            ("ann@example.com,active,\n", "that the account stays on line 2"),
            (
                "ann@EXAMPLE.com,cancelled,2026-12-24\n",
                "that the account is removed later, effective 2026-12-24 on line 2"
            ),
            (
                "bob@example.com,active,\nann@example.com,terminated,\n",
                "something about the account that cannot be read on line 3"
            ),
        ])
    func laterStands(rows: String, said: String) throws {
        try withInbox { bench, inbox in
            // The names are in the other order.
            try lay(bench, "b-tuesday.csv", "ann@example.com,cancelled,\ncat@example.com,cancelled,\n", hoursBefore: 24)
            try lay(bench, "a-wednesday.csv", rows, hoursBefore: 1)
            let (ended, _) = try run(bench, inbox)
            #expect(ended.map(\.0) == ["b-tuesday.csv", "a-wednesday.csv"])
            #expect(ended[0].1.map(\.outcome) == [.skipped, .removed])
            #expect(ended[0].1[0].errors == ["the later feed \(inbox.directory)/a-wednesday.csv says \(said)"])
            #expect(Set(try bench.strings("SELECT email FROM auth_user")) == ["ann@example.com", "bob@example.com"])
        }
    }

    @Test("and a removal in a later one is that one's")
    func laterRemoval() throws {
        try withInbox { bench, inbox in
            try lay(bench, "tuesday.csv", "ann@example.com,active,\n", hoursBefore: 24)
            try lay(bench, "wednesday.csv", "ann@example.com,cancelled,\n", hoursBefore: 1)
            let (ended, end) = try run(bench, inbox)
            #expect(ended.map { $0.1.map(\.outcome) } == [[.skipped], [.removed]])
            #expect(end.exitStatus == .success && ended.map(\.2) == ["done", "done"])
        }
    }

    @Test("in the order in which they were made, which generated_at tells")
    func order() throws {
        try withInbox { bench, inbox in
            try lay(bench, "a.csv", "ann@example.com,active,\n", hoursBefore: 5)
            try bench.write(
                #"{"generated_at": "2026-11-23T10:00:00Z", "accounts": [{"email": "ann@example.com", "status": "cancelled"}]}"#,
                to: inbox.directory + "/b.json", madeAt: Self.evening)
            let (ended, _) = try run(bench, inbox)
            #expect(ended.map(\.0) == ["b.json", "a.csv"])
            #expect(ended.map { $0.1.map(\.outcome) } == [[.skipped], [.skipped]])
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("and one that was processed before is as old as it was then")
    func processedBefore() throws {
        try withInbox { bench, inbox in
            let tuesday = "ann@example.com,cancelled,2026-11-23T17:00:00Z\n"
            try bench.write("email,status,effective_at\n" + tuesday, madeAt: Self.evening.adding(seconds: -86_400))
            _ = try Reconciliation(bench.options(), .still(at: Self.evening.adding(seconds: -86_400))).run()
            try lay(bench, "again.csv", tuesday, hoursBefore: 0)
            try lay(bench, "wednesday.csv", "ann@example.com,active,\n", hoursBefore: 1)
            let (ended, _) = try run(bench, inbox)
            #expect(ended.map(\.0) == ["again.csv", "wednesday.csv"])
            #expect(ended[0].1.map(\.outcome) == [.skipped])
            #expect(try bench.count("auth_user") == 3)
        }
    }

    @Test("and one that cannot be read goes aside, the others run")
    func unreadable() throws {
        try withInbox { bench, inbox in
            try lay(bench, "a.csv", "ann@example.com\n", hoursBefore: 3)
            try bench.write(
                "email\nbob@example.com\n", to: inbox.directory + "/b.csv", madeAt: Self.evening.adding(seconds: -7_200)
            )
            try lay(bench, "c.csv", "cat@example.com,cancelled,\n", hoursBefore: 1)
            let (ended, end) = try run(bench, inbox)
            // What cannot be read goes last.
            #expect(ended.map(\.2) == ["done", "failed", "held"])
            #expect(ended[0].1.map(\.outcome) == [.removed])
            #expect(end.exitStatus == .feedNotWhole)
        }
    }

    @Test("and removals that were put off follow the last, or run by themselves", arguments: [true, false])
    func deferred(hasFeeds: Bool) throws {
        try withInbox { bench, inbox in
            let before = Self.evening.adding(seconds: -2 * 86_400)
            try bench.write("email,status,effective_at\nann@example.com,cancelled,2026-11-23\n", madeAt: before)
            _ = try Reconciliation(bench.options(), .still(at: before)).run()
            if hasFeeds {
                try lay(bench, "a.csv", "bob@example.com,active,\n", hoursBefore: 2)
                try lay(bench, "b.csv", "bob@example.com,trialing,\n", hoursBefore: 1)
            }
            let (ended, end) = try run(bench, inbox)
            #expect(ended.map { $0.1.map(\.outcome) } == (hasFeeds ? [[.skipped], [.skipped, .removed]] : []))
            #expect(end.runWithoutFeed?.outcomes == (hasFeeds ? nil : [.removed]))
            #expect(try bench.count("auth_user") == 2)
        }
    }

    @Test("or none, where two profiles are for one of them")
    func overlap() throws {
        try withInbox { bench, inbox in
            try lay(bench, "a.csv", "ann@example.com,cancelled,\n", hoursBefore: 1)
            let profiles = FeedProfiles([FeedProfile { $0.files = ["a*"] }, FeedProfile { $0.files = ["*.csv"] }])
            let options = bench.options {
                $0.source = .deferred
                $0.profiles = profiles
            }
            #expect(throws: ProfilesOverlap.self) {
                try InboxRun(inbox, options, .still(at: Self.evening)).perform(found: { _ in }, ended: { _ in })
            }
            #expect(try bench.count("auth_user") == 3)
        }
    }
}
