import Crypto
import Foundation

/// Keys as WireGuard's own programs read and print them: 32 bytes in base64.
package enum WireGuardKey {
    /// A key as `wg` takes it from a line of a config: white space anywhere in it does not count, nor does a comment.
    ///
    /// What is no key comes out as something that no interface has.
    package static func asRead(_ text: some StringProtocol) -> String {
        // Nearly every key is written as it is read.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0.isWhiteSpaceToWireGuard }) else {
            return String(text)
        }
        return String(
            decoding: text.utf8.prefix { $0 != UInt8(ascii: "#") }.filter { !$0.isWhiteSpaceToWireGuard },
            as: UTF8.self)
    }

    package static func isKey(_ text: String) -> Bool {
        text.utf8.count == 44 && Data(base64Encoded: text)?.count == 32
    }

    /// - Returns: nil for what is no private key.
    package static func publicKey(ofPrivateKey text: String) -> String? {
        // Not a key, so there is no public one; whoever asks says so.
        guard let bytes = Data(base64Encoded: asRead(text)),
            let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        return key.publicKey.rawRepresentation.base64EncodedString()
    }

    /// What a message may show of a public key.
    package static func shortened(_ publicKey: String) -> String { publicKey.prefix(8) + "…" }
}

extension UInt8 {
    /// As C's `isspace` has it.
    fileprivate var isWhiteSpaceToWireGuard: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
