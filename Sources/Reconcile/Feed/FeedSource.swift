import Crypto
import Glibc

/// The bytes of a feed, read once. What is hashed and what is parsed is the same.
public struct FeedSource: Sendable {
    /// The path as it was given, or `-` for standard input.
    public let path: String
    public let bytes: [UInt8]

    /// Reads everything there is.
    ///
    /// - Throws: ``FeedUnreadable``.
    public init(reading path: String) throws(FeedUnreadable) {
        self.path = path
        do throws(FileFailure) {
            bytes = path == "-" ? try FileContents.read(STDIN_FILENO, path) : try FileContents.read(path)
        } catch {
            throw FeedUnreadable(error)
        }
    }

    /// SHA-256 of the bytes, in hex. It tells whether a feed is the one of an earlier run.
    public var digest: String { SHA256.hash(data: bytes).map { byte in byte.hexDigits }.joined() }
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
        if exitStatus == .feedMissing { return "look whether billing has delivered the feed; nothing was touched" }
        return "look at the disk that the feed is on; nothing was touched"
    }

    public var exitStatus: ExitStatus {
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EISDIR].contains(failure.code) ? .feedMissing : .inputOutput
    }
}
