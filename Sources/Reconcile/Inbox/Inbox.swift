import ControlPlane
import Glibc
import Journal
import Support

/// A folder into which billing drops feeds. Each feed is processed once and then moved to a subfolder.
///
/// Billing writes a feed under another name and then renames it. Where feeds are signed, billing adds the signature
/// next to the feed. Until then, the feed is ignored.
package struct Inbox: Sendable {
    /// The path as given. The paths of feeds in logs and reports begin with it.
    package var directory: String { folder.path }
    /// Opened once.
    let folder: OpenFolder
    /// Whether feeds are signed. A feed without its signature then counts as not yet arrived.
    let wantsSignatures: Bool
    private let trust: FileTrust

    /// Opens the folder. A symbolic link to it is followed.
    ///
    /// - Parameter trust: Who may own the folder in addition to root and the user. A signature does not replace this
    ///   check: somebody else could put finished feeds back, or move others away.
    /// - Throws: ``InboxFailure`` where there is no such folder, or where somebody else could move files in it.
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

    /// The subfolders must belong to us alone.
    var trustOfPlaces: FolderTrust { FolderTrust(role: .settledFeeds, files: trust) }

    /// Finds out whether a run would refuse to move feeds to the subfolders. Writes nothing, so that a plan can use it.
    func requireTrustedPlaces() throws(InboxFailure) {
        try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            for place in InboxPlace.allCases { try place.isTrusted(in: self) }
        }
    }

    /// The feeds to process, and other files in the inbox.
    package func listing() throws(InboxFailure) -> InboxListing {
        try InboxFailure.wrapping(directory) { () throws(FileFailure) in try InboxListing(of: self) }
    }

    /// The feeds to process that are no longer being written. Takes two seconds where feeds wait. See ``SettledLook``.
    func settledListing(_ surroundings: Surroundings) throws(InboxFailure) -> InboxListing {
        let first = try listing()
        guard !first.feeds.isEmpty else { return first }
        let look = SettledLook(after: first)
        surroundings.pause(SettledLook.pause)
        return try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            try InboxListing(of: self, settledSince: look)
        }
    }

    /// Does work while no other process uses the inbox.
    ///
    /// - Throws: ``InboxFailure`` where another process uses it or feeds could not be moved within it; what `body`
    ///   throws.
    func holding<Value>(_ body: () throws -> Value) throws -> Value {
        let hold = try InboxFailure.wrapping(directory) { () throws(FileFailure) in
            // Opened again, so that the lock ends with the work and not with the inbox.
            let hold = try folder.openFolder(".", path: directory)
            guard try hold.lock() else { throw FileFailure(.lock, directory, code: EWOULDBLOCK) }
            for place in InboxPlace.allCases { try place.prepare(in: self) }
            return hold
        }
        return try withExtendedLifetime(hold, body)
    }
}

/// How many feeds are in each folder, for monitoring.
package struct InboxCensus: Hashable, Sendable {
    /// Complete and not yet processed.
    package var waiting: Int
    /// Without a signature, where feeds are signed.
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
