import Foundation
import Glibc
import TestSupport
import Testing

@testable import Feed
@testable import Reconcile
@testable import Support

/// What somebody who may write into an inbox can put in a feed's place between the look at it and the work on it.
@Suite("Inbox: feeds that are swapped, and folders that are not ours")
struct InboxTrustTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try folder.write("email,status\nann@example.com,cancelled\n", to: "inbox/a.csv")
        try folder.write("email,status\nroot@example.com,cancelled\n", to: "secret.csv")
    }

    private var path: String { folder.path + "/inbox" }

    private func inbox(wantsSignatures: Bool = false) throws -> Inbox {
        try Inbox(path, wantsSignatures: wantsSignatures)
    }

    private func swap(_ name: String, for replacement: Replacement) throws {
        try FileManager.default.removeItem(atPath: path + "/" + name)
        switch replacement {
        case .link:
            try FileManager.default.createSymbolicLink(
                atPath: path + "/" + name, withDestinationPath: folder.path + "/secret.csv")
        case .hardLink: #expect(link(folder.path + "/secret.csv", path + "/" + name) == 0)
        case .fifo: #expect(mkfifo(path + "/" + name, 0o600) == 0)
        case .socket: #expect(mknod(path + "/" + name, S_IFSOCK | 0o600, 0) == 0)
        case .folder: #expect(mkdir(path + "/" + name, 0o700) == 0)
        case .nothing: break
        }
    }

    enum Replacement: CaseIterable, Sendable { case link, hardLink, fifo, socket, folder, nothing }

    @Test(arguments: Replacement.allCases)
    func `a feed that was swapped is not read and not moved`(replacement: Replacement) throws {
        let inbox = try inbox()
        let feed = try #require(try inbox.listing().feeds.first)
        try swap("a.csv", for: replacement)
        let error = #expect(throws: (any Error).self) {
            try FeedSource(reading: feed, limit: 1 << 20, trust: FileTrust(allowsAnything: true))
        }
        #expect(try InboxDecision(of: #require(error as? any ExplainedError)) == .passOver)
        if replacement != .nothing { #expect(error is FeedReplaced) }
        let moved = try inbox.holding { try InboxPlace.done.take(feed, marked: "x", from: inbox) }
        #expect(moved == nil)
        #expect(try folder.names(in: "inbox/done") == [])
        #expect(try folder.read("secret.csv").contains("root@example.com"))
    }

    @Test(arguments: [Replacement.link, .fifo, .socket, .folder, .nothing])
    func `a signature that was swapped is none`(replacement: Replacement) throws {
        try folder.write("a key", to: "key")
        #expect(chmod(folder.path + "/key", 0o600) == 0)
        try folder.write(String(repeating: "0", count: 64), to: "inbox/a.csv.hmac")
        let feed = try #require(try inbox(wantsSignatures: true).listing().feeds.first)
        try swap("a.csv.hmac", for: replacement)
        let source = try FeedSource(reading: feed, limit: 1 << 20, trust: FileTrust(allowsAnything: true))
        let error = #expect(throws: FeedNotAuthentic.self) {
            try source.authenticate(
                FeedAuthentication(.signature(keyPath: folder.path + "/key", given: nil), trust: FileTrust()))
        }
        #expect(error?.reason == .signatureMissing(expectedAt: path + "/a.csv.hmac"))
    }

    @Test func `a folder that was swapped for a link after the work began gets no feed`() throws {
        let inbox = try inbox()
        let feed = try #require(try inbox.listing().feeds.first)
        try inbox.holding {
            #expect(rename(path + "/failed", path + "/old") == 0)
            #expect(symlink(folder.path, path + "/failed") == 0)
            let failure = #expect(throws: FileFailure.self) {
                try InboxPlace.failed.take(feed, marked: "x", from: inbox)
            }
            #expect(failure?.objection?.reason == .link)
        }
        #expect(try folder.names() == ["inbox", "secret.csv"])
        #expect(try folder.names(in: "inbox").contains("a.csv"))
    }

    @Test func `an inbox that is a link is followed`() throws {
        #expect(symlink("inbox", folder.path + "/link") == 0)
        let inbox = try Inbox(folder.path + "/link", wantsSignatures: false)
        let feed = try #require(try inbox.listing().feeds.first)
        #expect(feed.path == folder.path + "/link/a.csv")
        let moved = try inbox.holding { try InboxPlace.done.take(feed, marked: "x", from: inbox) }
        #expect(moved == folder.path + "/link/done/a.x.csv")
        #expect(try folder.names(in: "inbox/done") == ["a.x.csv"])
    }

    @Test(arguments: [
        (0o770, FolderObjection.Reason.withoutStickyBit), (0o777, .writableByEverybody), (0o1777, .writableByEverybody),
    ])
    func `an inbox in which others can move files is refused`(mode: Int, reason: FolderObjection.Reason) throws {
        #expect(chmod(path, mode_t(mode)) == 0)
        let failure = #expect(throws: InboxFailure.self) { try inbox() }
        #expect(failure?.failure.objection == FolderObjection(role: .inbox, reason: reason))
        #expect(failure?.exitStatus == .notPermitted)
        #expect(failure?.hint.contains("chmod 1770 \(path)") == true)
        _ = try Inbox(path, wantsSignatures: false, trust: FileTrust(allowsAnything: true))
    }

    @Test(arguments: InboxPlace.allCases)
    func `a folder within that is not ours alone is refused`(place: InboxPlace) throws {
        let (inbox, inside) = (try inbox(), path + "/" + place.rawValue)
        let reason: () throws -> FolderObjection.Reason? = {
            let planned = #expect(throws: InboxFailure.self) { try inbox.requireTrustedPlaces() }
            let failure = #expect(throws: InboxFailure.self) { try inbox.holding {} }
            #expect(planned?.failure == failure?.failure && failure?.exitStatus == .notPermitted)
            return failure?.failure.objection?.reason
        }
        #expect(symlink(folder.path, inside) == 0)
        #expect(try reason() == .link)
        #expect(unlink(inside) == 0 && mkdir(inside, 0o700) == 0 && chmod(inside, 0o770) == 0)
        #expect(try reason() == .writableByGroup)
        #expect(chmod(inside, 0o1777) == 0)
        #expect(try reason() == .writableByEverybody)
        if geteuid() == 0 {
            #expect(chmod(inside, 0o750) == 0 && chown(inside, 1234, 0) == 0)
            #expect(try reason() == .ownedBy(1234))
        }
    }
}
