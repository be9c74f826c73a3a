import Crypto
import Glibc

/// A feed as it lies there, opened once: what is checked, hashed and parsed is the same bytes.
public struct FeedSource: Sendable {
    /// The path as it was given, or `-` for standard input.
    public let path: String
    public let bytes: [UInt8]
    /// When the feed was last written.
    public let modifiedAt: UTCTime
    /// Why the file should not be trusted for its owner and permissions; nil where it should.
    private let objection: UntrustedFile.Reason?

    /// The most that is read of a feed, in bytes: 1 GiB.
    public static let usualLimit = 1 << 30

    /// Reads everything there is, of a regular file or of standard input.
    ///
    /// - Throws: ``FeedUnreadable``, ``FeedTooLarge``.
    public init(
        reading path: String, limit: Int = usualLimit, trust: FileTrust = FileTrust(allowsAnything: true)
    ) throws {
        do {
            guard let file = try OpenedFile(path, limit: limit) else { throw FeedTooLarge(path: path, limit: limit) }
            (self.path, bytes, modifiedAt) = (path, file.bytes, file.modifiedAt)
            objection = trust.objection(to: file.facts)
        } catch let failure as FileFailure {
            throw FeedUnreadable(failure)
        }
    }

    /// SHA-256 of the bytes, in hex. It tells whether a feed is the one of an earlier run.
    public var digest: String { SHA256.hash(data: bytes).map { byte in byte.hexDigits }.joined() }

    /// Makes sure that the feed comes from billing: by its signature where there is a key, else by its permissions.
    ///
    /// - Throws: ``FeedNotAuthentic``, ``UntrustedFile``, ``UnusableFile``.
    func authenticate(_ authentication: FeedAuthentication) throws {
        switch authentication.proof {
        case .permissions:
            if let objection { throw UntrustedFile(role: .feed, path: path, reason: objection) }
        case .signature(let keyPath, let given):
            let key = try SigningKey(readingFileAt: keyPath, trust: authentication.trust)
            let signature = try given ?? signatureBeside(authentication.trust)
            guard FeedSignature.isValid(signature, of: bytes, with: key) else {
                throw FeedNotAuthentic(path: path, reason: .signatureWrong)
            }
        }
    }

    private func signatureBeside(_ trust: FileTrust) throws -> String {
        guard path != "-" else { throw FeedNotAuthentic(path: path, reason: .signatureMissing(expectedAt: nil)) }
        let signaturePath = FeedSignature.path(ofFeed: path)
        do {
            // Whoever may write the signature gains nothing without the key, so that its permissions do not matter.
            let file = try TrustedFile(reading: signaturePath, as: .signature, trust: FileTrust(allowsAnything: true))
            return String(decoding: file.bytes, as: UTF8.self)
        } catch let error as UnusableFile {
            if case .unreadable(let failure) = error.reason, failure.code == ENOENT {
                throw FeedNotAuthentic(path: path, reason: .signatureMissing(expectedAt: signaturePath))
            }
            throw error
        }
    }
}

/// How a feed proves that it is billing's.
public struct FeedAuthentication: Sendable {
    public enum Proof: Sendable {
        /// Nobody else may have written the file.
        case permissions
        /// Signed with the key in this file; the signature lies beside the feed unless it is given here.
        case signature(keyPath: String, given: String?)
    }

    public var proof: Proof
    public var trust: FileTrust

    public init(_ proof: Proof, trust: FileTrust) {
        self.proof = proof
        self.trust = trust
    }
}

extension UInt8 {
    /// Two lower-case hex digits.
    var hexDigits: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}

/// The feed is not there, or cannot be read.
public struct FeedUnreadable: ExplainedError, Hashable {
    public var failure: FileFailure

    init(_ failure: FileFailure) { self.failure = failure }

    public var operation: String { "read the feed" }
    public var subject: String { failure.path == "-" ? "on standard input" : failure.path }
    public var cause: String { failure.reason }

    public var hint: String {
        if failure.isNotPermitted { return "run it as a user who may read the feed" }
        if failure.code == FileFailure.notAFile { return "give a file, or pipe the feed in: run - --format csv" }
        if exitStatus == .feedMissing { return "look whether billing has delivered the feed; nothing was touched" }
        return "look at the disk that the feed is on; nothing was touched"
    }

    public var exitStatus: ExitStatus {
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EISDIR, FileFailure.notAFile].contains(failure.code) ? .feedMissing : .inputOutput
    }
}

/// The feed has more bytes than are read of one.
public struct FeedTooLarge: ExplainedError, Hashable {
    public var path: String
    /// In bytes.
    public var limit: Int

    public var operation: String { "read the feed" }
    public var subject: String { path == "-" ? "on standard input" : path.escapedForMessage(limit: 400) }
    public var cause: String { "it is larger than the \(limit) bytes of --max-feed-size" }
    public var hint: String { "nothing was touched; find out why it is so large, or raise --max-feed-size" }
    public var exitStatus: ExitStatus { .feedNotWhole }
}
