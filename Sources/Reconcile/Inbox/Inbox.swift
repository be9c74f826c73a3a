import ControlPlane
import Glibc
import Journal
import Support

/// A folder into which billing drops feeds, each of which is worked on once and then moved to a folder within.
///
/// Billing writes a feed under another name and renames it, or, where feeds are signed, puts its signature beside it:
/// a feed that has not come to that is not seen.
package struct Inbox: Sendable {
    /// As it was given; the paths of feeds in logs and reports begin with it.
    package var directory: String { folder.path }
    /// Opened once.
    let folder: OpenFolder
    /// Whether a feed without its signature is one that has not arrived yet.
    let wantsSignatures: Bool
    private let trust: FileTrust

    /// Opens the folder. A link to it is followed.
    ///
    /// - Parameter trust: Whose the folder may be besides root's and the user's. A signature does not replace this check:
    ///   feeds that are done could be put back, and others moved away.
    /// - Throws: ``InboxFailure`` where there is no such folder, or where somebody else could move what lies in it.
    package init(
        _ directory: String, wantsSignatures: Bool, trust: FileTrust = FileTrust()
    ) throws(InboxFailure) {
        folder = try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            let folder = try OpenFolder(directory)
            try folder.requireTrusted(FolderTrust(role: .inbox, files: trust))
            return folder
        }
        self.wantsSignatures = wantsSignatures
        self.trust = trust
    }

    /// Whose the folders within may be: ours alone.
    var trustOfPlaces: FolderTrust { FolderTrust(role: .settledFeeds, files: trust) }

    /// Finds out whether a run would refuse to move feeds to the folders within, as a plan can.
    func requireTrustedPlaces() throws(InboxFailure) {
        try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            for place in InboxPlace.allCases { try place.isTrusted(in: self) }
        }
    }

    /// What is to be worked on, and what lies in the way.
    package func listing() throws(InboxFailure) -> InboxListing {
        try InboxFailure.wrapping(directory) { () throws(FileFailure) in try InboxListing(of: self) }
    }

    /// What is to be worked on and no longer being written; takes two seconds where feeds wait. See ``SettledLook``.
    func settledListing(_ surroundings: Surroundings) throws(InboxFailure) -> InboxListing {
        let first = try listing()
        guard !first.feeds.isEmpty else { return first }
        let look = SettledLook(after: first)
        surroundings.pause(SettledLook.pause)
        return try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            try InboxListing(of: self, settledSince: look)
        }
    }

    /// Does something while no other process works on the inbox.
    ///
    /// - Throws: ``InboxFailure`` where another one does, or feeds could not be moved within it; what `body` throws.
    func holding<Value>(_ body: () throws -> Value) throws -> Value {
        let hold = try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            // Opened once more, so that the lock ends with the work and not with the inbox.
            let hold = try folder.openFolder(".", path: directory)
            guard try hold.lock() else { throw FileFailure(.lock, directory, code: EWOULDBLOCK) }
            for place in InboxPlace.allCases { try place.prepare(in: self) }
            return hold
        }
        return try withExtendedLifetime(hold, body)
    }
}

/// How many feeds lie where, for monitoring.
package struct InboxCensus: Hashable, Sendable {
    /// Complete, and not worked on yet.
    package var waiting: Int
    /// Without the signature that feeds have here.
    package var unsigned: Int
    package var held: Int
    package var failed: Int

    /// - Throws: ``InboxFailure``.
    package init(of inbox: Inbox) throws(InboxFailure) {
        let listing = try inbox.listing()
        waiting = listing.feeds.count
        unsigned = listing.bystanders.count { $0.reason == .signatureMissing }
        (held, failed) = try InboxFailure.wrapping(inbox.directory) { () throws(FileFailure) in
            (try InboxPlace.held.count(in: inbox), try InboxPlace.failed.count(in: inbox))
        }
    }
}
