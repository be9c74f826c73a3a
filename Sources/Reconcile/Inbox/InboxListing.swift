import Feed
import Glibc
import Report
import Support

/// The contents of an inbox.
package struct InboxListing: Sendable {
    /// A file that is left alone, and why.
    package struct Bystander: Hashable, Sendable {
        package var name: String
        package var reason: Reason

        package enum Reason: Hashable, Sendable {
            /// A folder, a link or a pipe, which billing would not drop.
            case notAFile
            /// The name does not end in an extension that a feed can have.
            case unknownExtension
            /// Feeds are signed here, and the signature is missing. It may still arrive.
            case signatureMissing
            /// A signature without its feed. The feed may still arrive.
            case feedMissing
            /// The file is changing, or a process has it open for writing.
            case beingWritten
            /// This user may not read it.
            case notReadable
            /// With a run id added, the name would be too long.
            case nameTooLong
        }
    }

    /// Complete feeds, in the order in which they are to be processed.
    package private(set) var feeds: [InboxFeed] = []
    /// By name.
    package private(set) var bystanders: [Bystander] = []

    package init(of inbox: Inbox) throws(FileFailure) {
        let names = Set(try inbox.folder.names())
        for name in names.sorted() where !Self.isInTheMaking(name) && InboxPlace(rawValue: name) == nil {
            guard let facts = try inbox.folder.status(of: name) else {
                // Removed since the folder was read, or a name that is not UTF-8. No feed has such a name.
                continue
            }
            switch Self.standing(of: name, facts, among: names, inbox) {
            case .feed(let feed): feeds.append(feed)
            case .bystander(let reason): bystanders.append(Bystander(name: name, reason: reason))
            case .signature: break
            }
        }
        feeds.sort()
    }

    /// The second listing, after ``SettledLook/pause``. Feeds that are still being written are left alone.
    package init(of inbox: Inbox, settledSince look: SettledLook) throws(FileFailure) {
        try self.init(of: inbox)
        for feed in feeds where !look.isSettled(feed) {
            bystanders.append(Bystander(name: feed.name, reason: .beingWritten))
            feeds.removeAll { $0.name == feed.name }
        }
        bystanders.sort { $0.name < $1.name }
    }

    private enum Standing {
        case feed(InboxFeed)
        /// A signature is moved with its feed.
        case signature
        case bystander(Bystander.Reason)
    }

    private static func standing(of name: String, _ facts: stat, among names: Set<String>, _ inbox: Inbox) -> Standing {
        guard facts.isFile else { return .bystander(.notAFile) }
        if let feed = name.feedOfSignature {
            return names.contains(feed) && isFeedName(feed) ? .signature : .bystander(.feedMissing)
        }
        guard isFeedName(name) else { return .bystander(.unknownExtension) }
        let signature = FeedSignature.path(ofFeed: name)
        // A signature that cannot be examined counts as missing.
        let signatureFacts = try? inbox.folder.status(of: signature)
        let signatureFile = signatureFacts.flatMap { $0.isFile ? FileIdentity($0) : nil }
        if inbox.wantsSignatures && signatureFile == nil { return .bystander(.signatureMissing) }
        // Checks the effective user, as opening the file does.
        guard inbox.folder.mayRead(name) else { return .bystander(.notReadable) }
        guard name.utf8.count <= InboxPlace.longestName else { return .bystander(.nameTooLong) }
        return .feed(
            InboxFeed(
                name: name, path: inbox.folder.path(of: name), modifiedAt: facts.modifiedAt,
                file: FileIdentity(facts), folder: inbox.folder, signature: signatureFile))
    }

    private static func isFeedName(_ name: String) -> Bool {
        // Only whether there is a format matters, not why there is none.
        (try? FeedFormat(ofFeedAt: name)) != nil
    }

    /// Names under which files are usually written before they are renamed.
    private static func isInTheMaking(_ name: String) -> Bool {
        name.hasPrefix(".") || [".tmp", ".part", ".filepart", "~"].contains(where: name.hasSuffix)
    }
}

extension InboxListing.Bystander {
    /// Why it was left alone, for a log.
    package var explanation: String {
        switch reason {
        case .notAFile: "it is not a regular file"
        case .unknownExtension: "its name ends neither in .csv nor in .json, .jsonl or .ndjson"
        case .signatureMissing: "its signature \(FeedSignature.path(ofFeed: name)) is not there yet"
        case .feedMissing: "it is a signature, and its feed is not there yet"
        case .beingWritten: "it is still being written"
        case .notReadable: "this user may not read it"
        case .nameTooLong: "its name is longer than \(InboxPlace.longestName) bytes"
        }
    }
}

extension String {
    /// The name of the feed that a signature with this name belongs to; nil for any other name.
    fileprivate var feedOfSignature: String? { hasSuffix(".hmac") ? String(dropLast(5)) : nil }
}
