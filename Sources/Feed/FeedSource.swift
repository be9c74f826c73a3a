import Glibc
import Support

/// A feed that was opened once, so that the bytes that are checked, hashed and parsed are the same.
package struct FeedSource: Sendable {
    /// The path as it was given, or `-` for standard input.
    package let path: String
    package let bytes: [UInt8]
    /// When the feed was last written.
    package let modifiedAt: UTCTime
    /// The feed as it was found in an inbox; nil for a feed from elsewhere.
    private let inboxFeed: InboxFeed?

    /// The default limit on the size of a feed, in bytes: 1 GiB.
    package static let usualLimit = 1 << 30

    /// Reads a regular file or standard input whole, after a check of owner and permissions.
    ///
    /// - Throws: ``FeedUnreadable``, ``FeedTooLarge``, ``UntrustedFile``.
    package init(
        reading path: String, limit: Int = usualLimit, trust: FileTrust = FileTrust(allowsAnything: true)
    ) throws {
        try self.init(path, nil, limit, trust) { () throws(FileFailure) in try OpenFile.toRead(path) }
    }

    /// Reads a feed in an inbox. It has to be the file that was found there; a link is not followed.
    ///
    /// - Throws: Also ``FeedReplaced``.
    package init(reading feed: InboxFeed, limit: Int, trust: FileTrust) throws {
        try self.init(feed.path, feed, limit, trust) { () throws(FileFailure) in
            try OpenFile.toRead(feed.name, in: feed.folder)
        }
    }

    private init(
        _ path: String, _ inboxFeed: InboxFeed?, _ limit: Int, _ trust: FileTrust,
        open: () throws(FileFailure) -> OpenFile
    ) throws {
        do {
            let file = try open()
            let facts = try file.facts()
            if let inboxFeed, !inboxFeed.file.isStill(facts) { throw FeedReplaced(path: path, isUntouched: true) }
            if let objection = trust.objection(to: facts) {
                throw UntrustedFile(role: .feed, path: path, reason: objection)
            }
            guard let read = try file.read(limit: limit) else { throw FeedTooLarge(path: path, limit: limit) }
            (self.path, self.inboxFeed, bytes, modifiedAt) = (path, inboxFeed, read, facts.modifiedAt)
        } catch let failure as FileFailure {
            // Billing does not write such things. Something else was put there after the inbox was read.
            if inboxFeed != nil, [ELOOP, EISDIR, FileFailure.notAFile].contains(failure.code) {
                throw FeedReplaced(path: path, isUntouched: true)
            }
            throw FeedUnreadable(failure)
        }
    }

    /// SHA-256 of the bytes, in hex. It identifies the feed of an earlier run.
    package var digest: String { SHA256.digest(of: bytes).hexDigits }

    /// Checks the feed's signature, if there is a key. Without a key, the check of the file's permissions is enough.
    ///
    /// - Throws: ``FeedNotAuthentic``, ``UntrustedFile``, ``UnusableFile``, ``FeedReplaced``.
    package func authenticate(_ authentication: FeedAuthentication) throws {
        guard case .signature(let keyPath, let given) = authentication.proof else { return }
        let key = try SigningKey(readingFileAt: keyPath, trust: authentication.trust)
        let signature = try given ?? signatureBeside()
        guard FeedSignature.isValid(signature, of: bytes, with: key) else {
            throw FeedNotAuthentic(path: path, reason: .signatureWrong)
        }
    }

    // The permissions of the signature do not matter: a valid one cannot be made without the key.
    private func signatureBeside() throws -> String {
        guard path != "-" else { throw FeedNotAuthentic(path: path, reason: .signatureMissing(expectedAt: nil)) }
        let signaturePath = FeedSignature.path(ofFeed: path)
        do {
            let file: OpenFile
            if let inboxFeed {
                file = try OpenFile.toRead(FeedSignature.path(ofFeed: inboxFeed.name), in: inboxFeed.folder)
                guard inboxFeed.signature?.isStill(try file.facts()) == true else {
                    throw FeedReplaced(path: path, isUntouched: true)
                }
            } else {
                file = try OpenFile.toRead(signaturePath)
            }
            guard let bytes = try file.read(limit: FeedSignature.mostBytes) else {
                throw FeedNotAuthentic(path: path, reason: .signatureWrong)
            }
            return String(decoding: bytes, as: UTF8.self)
        } catch let failure as FileFailure {
            // In an inbox, a link or anything else that is not a regular file is not a signature.
            if failure.code == ENOENT
                || (inboxFeed != nil && [ELOOP, EISDIR, FileFailure.notAFile].contains(failure.code))
            {
                throw FeedNotAuthentic(path: path, reason: .signatureMissing(expectedAt: signaturePath))
            }
            throw UnusableFile(.signature, path: signaturePath, reason: .unreadable(failure))
        }
    }
}

/// How a feed proves that it comes from billing.
package struct FeedAuthentication: Sendable {
    package enum Proof: Sendable {
        /// By the file's owner and permissions: only a trusted user can have written it.
        case permissions
        /// By a signature with the key in this file. The signature is next to the feed, unless it is given here.
        case signature(keyPath: String, given: String?)
    }

    package var proof: Proof
    package var trust: FileTrust

    package init(_ proof: Proof, trust: FileTrust) {
        self.proof = proof
        self.trust = trust
    }

    /// Whose feeds are read: anybody's, if a signature shows whether they come from billing.
    package var feedTrust: FileTrust {
        if case .signature = proof { FileTrust(allowsAnything: true) } else { trust }
    }
}

/// The feed is missing or cannot be read.
package struct FeedUnreadable: ExplainedError, Hashable {
    package var failure: FileFailure

    package init(_ failure: FileFailure) { self.failure = failure }

    package var operation: String { "read the feed" }
    package var subject: String { failure.path == "-" ? "on standard input" : failure.path }
    package var cause: String { failure.reason }

    package var hint: String {
        if failure.isNotPermitted { return "run it as a user who may read the feed" }
        if failure.code == FileFailure.notAFile { return "give a file; for standard input, give -: run - --format csv" }
        if exitStatus == .feedMissing { return "check whether billing has delivered the feed; nothing was touched" }
        return "check the disk that the feed is on; nothing was touched"
    }

    package var exitStatus: ExitStatus {
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EISDIR, FileFailure.notAFile].contains(failure.code) ? .feedMissing : .inputOutput
    }
}

/// The feed is larger than the limit.
package struct FeedTooLarge: ExplainedError, Hashable {
    package var path: String
    /// In bytes.
    package var limit: Int

    package var operation: String { "read the feed" }
    package var subject: String { path == "-" ? "on standard input" : path.escapedForMessage(limit: 400) }
    package var cause: String { "it is larger than the \(limit) bytes of --max-feed-size" }
    package var hint: String { "nothing was touched; find out why it is so large, or raise --max-feed-size" }
    package var exitStatus: ExitStatus { .feedNotWhole }
}
