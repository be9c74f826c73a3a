import Feed
import Glibc
import Report
import Support

/// What lies in an inbox.
package struct InboxListing: Sendable {
    /// Something that is left alone, and why.
    package struct Bystander: Hashable, Sendable {
        package var name: String
        package var reason: Reason

        package enum Reason: Hashable, Sendable {
            /// A folder, a link, a pipe: nothing that billing would drop.
            case notAFile
            /// The name ends in none of the extensions that a feed can have.
            case unknownExtension
            /// Feeds are signed here, and the signature is not beside it. It may be on its way.
            case signatureMissing
            /// A signature, and no feed beside it. It may be on its way.
            case feedMissing
            /// It changes, or a process has it open for writing.
            case beingWritten
            /// This user may not read it.
            case notReadable
            /// With a run id in it, it would be longer than a name may be.
            case nameTooLong
        }
    }

    /// Those that are complete, in the order in which they are to be worked on.
    package private(set) var feeds: [InboxFeed] = []
    /// By name.
    package private(set) var bystanders: [Bystander] = []

    package init(of inbox: Inbox) throws(FileFailure) {
        let names = Set(try inbox.folder.names())
        for name in names.sorted() where !Self.isInTheMaking(name) && InboxPlace(rawValue: name) == nil {
            guard let facts = try inbox.folder.status(of: name) else {
                // Taken away since the folder was read, or a name that is not UTF-8, which no feed of ours has.
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

    /// The second look, after ``SettledLook/pause``: feeds that are still being written are left alone.
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
        /// It goes where its feed goes.
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
        // What cannot be looked at is as good as missing.
        let signatureFacts = try? inbox.folder.status(of: signature)
        let signatureFile = signatureFacts.flatMap { $0.isFile ? FileIdentity($0) : nil }
        if inbox.wantsSignatures && signatureFile == nil { return .bystander(.signatureMissing) }
        // Asked of the effective user, as opening asks it.
        guard inbox.folder.mayRead(name) else { return .bystander(.notReadable) }
        guard name.utf8.count <= InboxPlace.longestName else { return .bystander(.nameTooLong) }
        return .feed(
            InboxFeed(
                name: name, path: inbox.folder.path(of: name), modifiedAt: facts.modifiedAt,
                file: FileIdentity(facts), folder: inbox.folder, signature: signatureFile))
    }

    private static func isFeedName(_ name: String) -> Bool {
        // Only asked whether there is a format; why there is none does not matter.
        (try? FeedFormat(ofFeedAt: name)) != nil
    }

    /// The names under which files are usually written before they get their own.
    private static func isInTheMaking(_ name: String) -> Bool {
        name.hasPrefix(".") || [".tmp", ".part", ".filepart", "~"].contains(where: name.hasSuffix)
    }
}

extension InboxListing.Bystander {
    /// Why it was left alone, for a log.
    package var explanation: String {
        switch reason {
        case .notAFile: "it is no regular file"
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
    /// The name of the feed that this is the signature's name of; nil for any other name.
    fileprivate var feedOfSignature: String? { hasSuffix(".hmac") ? String(dropLast(5)) : nil }
}
