import Crypto
import Glibc
import Support

/// A feed as it lies there, opened once: what is checked, hashed and parsed is the same bytes.
package struct FeedSource: Sendable {
    /// The path as it was given, or `-` for standard input.
    package let path: String
    package let bytes: [UInt8]
    /// When the feed was last written.
    package let modifiedAt: UTCTime
    /// As it was found in an inbox; nil for a feed that lies elsewhere.
    private let inboxFeed: InboxFeed?

    /// The most that is read of a feed, in bytes: 1 GiB.
    package static let usualLimit = 1 << 30

    /// Reads everything there is, of a regular file or of standard input. Owner and permissions are looked at first.
    ///
    /// - Throws: ``FeedUnreadable``, ``FeedTooLarge``, ``UntrustedFile``.
    package init(
        reading path: String, limit: Int = usualLimit, trust: FileTrust = FileTrust(allowsAnything: true)
    ) throws {
        try self.init(path, nil, limit, trust) { () throws(FileFailure) in try OpenFile.toRead(path) }
    }

    /// The same of a feed in an inbox: the very file that was found there, and nothing that a link leads to.
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
            // Nothing that billing would drop: since the inbox was looked at, something else was put there.
            if inboxFeed != nil, [ELOOP, EISDIR, FileFailure.notAFile].contains(failure.code) {
                throw FeedReplaced(path: path, isUntouched: true)
            }
            throw FeedUnreadable(failure)
        }
    }

    /// SHA-256 of the bytes, in hex. It tells whether a feed is the one of an earlier run.
    package var digest: String { SHA256.hash(data: bytes).map { byte in byte.hexDigits }.joined() }

    /// Makes sure that the feed comes from billing, where there is a key: by its signature. Where there is none, the
    /// permissions of the file have told.
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

    // Whoever may write the signature gains nothing without the key, so that its permissions do not matter.
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
            // In an inbox a link, or whatever else was put in its place, is no signature.
            if failure.code == ENOENT
                || (inboxFeed != nil && [ELOOP, EISDIR, FileFailure.notAFile].contains(failure.code))
            {
                throw FeedNotAuthentic(path: path, reason: .signatureMissing(expectedAt: signaturePath))
            }
            throw UnusableFile(.signature, path: signaturePath, reason: .unreadable(failure))
        }
    }
}

/// How a feed proves that it is billing's.
package struct FeedAuthentication: Sendable {
    package enum Proof: Sendable {
        /// Nobody else may have written the file.
        case permissions
        /// Signed with the key in this file; the signature lies beside the feed unless it is given here.
        case signature(keyPath: String, given: String?)
    }

    package var proof: Proof
    package var trust: FileTrust

    package init(_ proof: Proof, trust: FileTrust) {
        self.proof = proof
        self.trust = trust
    }

    /// Whose feeds are read: anybody's, where a signature tells whether they are billing's.
    package var feedTrust: FileTrust {
        if case .signature = proof { FileTrust(allowsAnything: true) } else { trust }
    }
}

/// The feed is not there, or cannot be read.
package struct FeedUnreadable: ExplainedError, Hashable {
    package var failure: FileFailure

    package init(_ failure: FileFailure) { self.failure = failure }

    package var operation: String { "read the feed" }
    package var subject: String { failure.path == "-" ? "on standard input" : failure.path }
    package var cause: String { failure.reason }

    package var hint: String {
        if failure.isNotPermitted { return "run it as a user who may read the feed" }
        if failure.code == FileFailure.notAFile { return "give a file; for standard input, give -: run - --format csv" }
        if exitStatus == .feedMissing { return "look whether billing has delivered the feed; nothing was touched" }
        return "look at the disk that the feed is on; nothing was touched"
    }

    package var exitStatus: ExitStatus {
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EISDIR, FileFailure.notAFile].contains(failure.code) ? .feedMissing : .inputOutput
    }
}

/// The feed has more bytes than are read of one.
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
