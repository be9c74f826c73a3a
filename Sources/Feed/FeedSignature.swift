import Foundation
import Support

/// Proof that a feed was made by somebody who has the key: HMAC-SHA256 of the feed's bytes, in hex.
package enum FeedSignature {
    /// The signature of a feed, in lower-case hex.
    package static func sign(_ bytes: [UInt8], with key: borrowing SigningKey) -> String {
        key.secret.authenticationCode(for: bytes).hexDigits
    }

    /// Whether this is the feed's signature. Compares in constant time and ignores white space around it.
    static func isValid(_ signature: String, of bytes: [UInt8], with key: borrowing SigningKey) -> Bool {
        guard let code = [UInt8](hexadecimal: signature.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            return false
        }
        return key.secret.isValid(code, for: bytes)
    }

    /// The most bytes that are read of a signature, which has 64 and perhaps white space.
    static let mostBytes = 4_096

    /// The path of a feed's signature, which is next to the feed.
    package static func path(ofFeed path: String) -> String { path + ".hmac" }
}

/// The secret that billing and this host share. It is never shown, and wiped from memory after use.
package struct SigningKey: ~Copyable {
    fileprivate let secret: SecretKey

    /// Reads the key: the content of the file without white space around it.
    ///
    /// - Throws: ``UnusableFile`` if there is no key; ``UntrustedFile`` if others may have written it.
    package init(readingFileAt path: String, trust: FileTrust) throws {
        var bytes = try TrustedFile(reading: path, as: .apiKey, trust: trust).bytes
        let range = bytes.rangeWithoutSpace
        guard !range.isEmpty else { throw UnusableFile(.apiKey, path: path, reason: .empty) }
        secret = SecretKey(taking: range, from: &bytes)
    }
}

/// A feed without a valid signature. None of it was parsed.
package struct FeedNotAuthentic: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        /// There is no signature at this path; nil if it was expected on the command line.
        case signatureMissing(expectedAt: String?)
        case signatureWrong
    }

    package var path: String
    package var reason: Reason

    package var operation: String { "trust the feed" }
    package var subject: String { path == "-" ? "on standard input" : path }

    package var cause: String {
        switch reason {
        case .signatureMissing(let path?): "its signature \(path) is missing"
        case .signatureMissing(nil): "it has no signature"
        case .signatureWrong: "its signature does not match the feed and the key"
        }
    }

    package var hint: String {
        switch reason {
        case .signatureMissing(nil):
            "give the signature with --hmac; `wg-reconcile sign - --api-key-file PATH` makes one"
        case .signatureMissing: "have billing sign the feed; `wg-reconcile sign FEED --api-key-file PATH` does it"
        case .signatureWrong: "find out who wrote this feed before anything else; nothing in it was read"
        }
    }

    package var exitStatus: ExitStatus { .notPermitted }
}

extension [UInt8] {
    /// Nil if the text is not pairs of hex digits.
    package init?(hexadecimal text: String) {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            append(UInt8(high * 16 + low))
        }
    }

    /// Where the bytes without white space around them are; empty if there are none.
    fileprivate var rangeWithoutSpace: Range<Int> {
        let isText: (UInt8) -> Bool = { !($0.isJSONSpace || $0 == 0x0B || $0 == 0x0C) }
        guard let first = firstIndex(where: isText), let last = lastIndex(where: isText) else { return 0..<0 }
        return first..<last + 1
    }
}

extension FeedSource {
    /// Signs the feed and writes the signature next to it. For standard input, the caller has to print it.
    ///
    /// - Returns: What to show the user: the signature's path, or for standard input the signature itself.
    /// - Throws: ``SignatureNotWritten``.
    package func sign(with key: borrowing SigningKey) throws(SignatureNotWritten) -> String {
        let signature = FeedSignature.sign(bytes, with: key)
        guard path != "-" else { return signature }
        let signaturePath = FeedSignature.path(ofFeed: path)
        do throws(FileFailure) {
            try DurableFile.replace(signaturePath, with: Array((signature + "\n").utf8), mode: 0o640)
            try DurableFile.syncFolder(FileSystem.parent(of: signaturePath))
        } catch {
            throw SignatureNotWritten(failure: error)
        }
        return signaturePath
    }
}

/// The signature could not be written next to the feed.
package struct SignatureNotWritten: ExplainedError, Hashable {
    package var failure: FileFailure

    package var operation: String { "write the signature" }
    package var subject: String { failure.path }
    package var cause: String { failure.reason }
    package var hint: String { "sign as a user who can write to the feed's folder, or sign standard input: `sign -`" }
    package var exitStatus: ExitStatus { failure.isNotPermitted ? .notPermitted : .inputOutput }
}
