import Foundation
import Glibc
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Reconcile
@testable import Support

/// Which of the things in an inbox are feeds that are complete, and in which order.
@Suite("Inbox: what lies in it")
struct InboxListingTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "wg-reconcile-inbox-" + UUID().uuidString

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        func put(_ name: String, writtenAt seconds: Int = 0) throws {
            try Data().write(to: URL(filePath: path + "/" + name))
            let time = timespec(tv_sec: seconds, tv_nsec: 0)
            utimensat(AT_FDCWD, path + "/" + name, [time, time], 0)
        }

        func listing(wantsSignatures: Bool = false) throws -> InboxListing {
            try Inbox(path, wantsSignatures: wantsSignatures).listing()
        }
    }

    @Test(arguments: ["a.csv", "a.json", "a.jsonl", "a.ndjson", "A.CSV", "2026-11-23.feed.csv", "ünï cöde.csv"])
    func `a file with the extension of a feed is one`(name: String) throws {
        let folder = try Folder()
        try folder.put(name)
        let listing = try folder.listing()
        #expect(listing.feeds.map(\.name) == [name] && listing.bystanders == [])
    }

    @Test(arguments: [".a.csv", ".wg-reconcile-a.csv.0123abcd", "a.csv.tmp", "a.csv.part", "a.csv.filepart", "a.csv~"])
    func `a file that is being written is not seen`(name: String) throws {
        let folder = try Folder()
        try folder.put(name)
        let listing = try folder.listing()
        #expect(listing.feeds == [] && listing.bystanders == [])
    }

    @Test func `what is no feed is left alone, and said why`() throws {
        let folder = try Folder()
        for name in ["notes.txt", "csv", "feed", "lonely.csv.hmac", String(repeating: "n", count: 220) + ".csv"] {
            try folder.put(name)
        }
        try folder.put("real.csv")
        #expect(symlink("real.csv", folder.path + "/link.csv") == 0)
        #expect(mkdir(folder.path + "/folder.csv", 0o700) == 0)
        #expect(mkfifo(folder.path + "/pipe.csv", 0o600) == 0)
        let listing = try folder.listing()
        #expect(listing.feeds.map(\.name) == ["real.csv"])
        #expect(
            listing.bystanders.map { "\($0.name.prefix(20)): \($0.reason)" } == [
                "csv: unknownExtension", "feed: unknownExtension", "folder.csv: notAFile", "link.csv: notAFile",
                "lonely.csv.hmac: feedMissing", "nnnnnnnnnnnnnnnnnnnn: nameTooLong", "notes.txt: unknownExtension",
                "pipe.csv: notAFile",
            ])
        #expect(Set(listing.bystanders.map(\.explanation)).count == 4)
    }

    @Test func `where feeds are signed, one without its signature has not arrived yet`() throws {
        let folder = try Folder()
        for name in ["a.csv", "a.csv.hmac", "b.csv"] { try folder.put(name) }
        let signed = try folder.listing(wantsSignatures: true)
        #expect(signed.feeds.map(\.name) == ["a.csv"])
        #expect(signed.bystanders.map(\.explanation) == ["its signature b.csv.hmac is not there yet"])
        #expect(try folder.listing().feeds.map(\.name) == ["a.csv", "b.csv"])
    }

    @Test func `the one that was written first goes first, then by name`() throws {
        let folder = try Folder()
        for (name, time) in [("a.csv", 300), ("b.csv", 100), ("d.csv", 200), ("c.json", 200)] {
            try folder.put(name, writtenAt: time)
        }
        #expect(try folder.listing().feeds.map(\.name) == ["b.csv", "c.json", "d.csv", "a.csv"])
    }

    @Test func `an inbox that is not there, or is no folder, is a wrong configuration`() throws {
        let folder = try Folder()
        try folder.put("file")
        for path in [folder.path + "/absent", folder.path + "/file", folder.path + "/file/below"] {
            let failure = #expect(throws: InboxFailure.self) { try Inbox(path, wantsSignatures: false) }
            #expect(failure?.exitStatus == .configurationWrong && failure?.subject == path)
        }
    }
}

@Suite("Inbox: where feeds go")
struct InboxPlaceTests {
    @Test(arguments: [
        ("feed.csv", "feed.20261123T031002Z-1a2b3c4d.csv"),
        ("2026-11-23.feed.jsonl", "2026-11-23.feed.20261123T031002Z-1a2b3c4d.jsonl"),
        // Moved back into the inbox by hand, it gets no second mark.
        ("feed.20251231T235959Z-ffffffff.csv", "feed.20261123T031002Z-1a2b3c4d.csv"),
        ("feed.20251231T235959Z.csv", "feed.20261123T031002Z-1a2b3c4d.csv"),
        ("feed.20251231T235959Z-ffffffff-12.csv", "feed.20261123T031002Z-1a2b3c4d.csv"),
        // A name that is nothing but a mark keeps it.
        ("20251231T235959Z.csv", "20251231T235959Z.20261123T031002Z-1a2b3c4d.csv"),
        ("feed.2025.csv", "feed.2025.20261123T031002Z-1a2b3c4d.csv"),
    ])
    func `a feed's name gets the run's id before its extension`(name: String, marked: String) {
        #expect(FeedName.name(name, marked: "20261123T031002Z-1a2b3c4d") == marked)
    }

    @Test func `the longest name still fits with everything that it can get`() {
        let name = String(repeating: "n", count: InboxPlace.longestName - 4) + ".csv"
        let path = FeedSignature.path(ofFeed: FeedName.name(name, marked: "20261123T031002Z-1a2b3c4d-99"))
        #expect(path.utf8.count <= 255)
    }

    /// What is the feed's own fault, and what would meet every feed.
    @Test(arguments: [
        (FeedRefusal(reason: .emptyFile, position: nil, path: "a.csv") as any ExplainedError, "failed"),
        (FeedNotAuthentic(path: "a.csv", reason: .signatureWrong), "failed"),
        (FeedNotAuthentic(path: "a.csv", reason: .signatureMissing(expectedAt: "a.csv.hmac")), "passed over"),
        (UntrustedFile(role: .feed, path: "a.csv", reason: .writableByGroup), "failed"),
        (UntrustedFile(role: .database, path: "db", reason: .writableByGroup), "stays"),
        (UntrustedFile(role: .apiKey, path: "key", reason: .writableByGroup), "stays"),
        (FeedUnreadable(FileFailure(.open, "a.csv", code: ENOENT)), "passed over"),
        (FeedUnreadable(FileFailure(.open, "a.csv", code: EACCES)), "passed over"),
        (FeedUnreadable(FileFailure(.read, "a.csv", code: EIO)), "stays"),
        (FeedReplaced(path: "a.csv", isUntouched: true), "passed over"),
        (DatabaseFailure(.busy, while: "open", on: "db"), "stays"),
        (DatabaseFailure(.full, while: "open", on: "db"), "stays"),
        (DatabaseFailure(.missing, while: "open", on: "db"), "stays"),
        (DatabaseFailure(.corrupt, while: "open", on: "db"), "stays"),
    ])
    func `a feed that will not get better goes to failed, one that met something else stays`(
        error: any ExplainedError, fate: String
    ) {
        let decision = InboxDecision(of: error)
        let expected: InboxDecision =
            switch fate {
            case "failed": .move(.failed)
            case "stays": .keepAndStop
            default: .passOver
            }
        #expect(decision == expected)
    }

    @Test(arguments: [
        ([Support.ExitStatus.success, .success], nil, Support.ExitStatus.success),
        ([.success, .attentionNeeded], nil, .attentionNeeded),
        ([.attentionNeeded, .stoppedByGuard, .attentionNeeded], nil, .stoppedByGuard),
        ([.stoppedByGuard, .feedNotWhole, .notPermitted], nil, .feedNotWhole),
        ([.feedNotWhole], Support.ExitStatus.busy, .busy),
        ([.stoppedByGuard], Support.ExitStatus.attentionNeeded, .stoppedByGuard),
        ([], Support.ExitStatus.attentionNeeded, .attentionNeeded),
    ])
    func `the exit status of the whole`(
        feeds: [Support.ExitStatus], stop: Support.ExitStatus?, whole: Support.ExitStatus
    ) {
        var status = InboxStatus()
        for feed in feeds { status.add(feed) }
        #expect((stop.map(status.stopped(with:)) ?? status.status) == whole)
    }
}
