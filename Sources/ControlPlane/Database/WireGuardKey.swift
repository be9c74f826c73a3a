import Foundation
import Support

/// Keys as WireGuard's own programs read and print them: 32 bytes in base64.
package enum WireGuardKey {
    /// A key as `wg` reads it from a line of a config: without white space and without a trailing comment.
    ///
    /// Text that is not a key yields a string that matches no interface's key.
    package static func asRead(_ text: some StringProtocol) -> String {
        // Fast path: nearly every key contains neither.
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

    /// - Returns: nil if the text is not a private key.
    package static func publicKey(ofPrivateKey text: String) -> String? {
        guard let bytes = Data(base64Encoded: asRead(text)), bytes.count == X25519.keyByteCount else { return nil }
        return Data(X25519.publicKey(ofPrivateKey: Array(bytes))).base64EncodedString()
    }

    /// The part of a public key that messages show.
    package static func shortened(_ publicKey: String) -> String { publicKey.prefix(8) + "…" }
}

extension UInt8 {
    /// The characters that C's `isspace` accepts.
    fileprivate var isWhiteSpaceToWireGuard: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
}
