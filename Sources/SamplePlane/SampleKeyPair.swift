import Foundation
import Support

/// A WireGuard key pair, as base64.
package struct SampleKeyPair {
    package let privateKey: String
    package let publicKey: String

    /// A real Curve25519 pair, so that `wg` accepts the configs of a sample.
    package init(using random: inout SplitMix64) {
        // WireGuard prints private keys clamped.
        var scalar = random.bytes(32)
        scalar[0] &= 0b1111_1000
        scalar[31] = scalar[31] & 0b0111_1111 | 0b0100_0000
        privateKey = Data(scalar).base64EncodedString()
        publicKey = Data(X25519.publicKey(ofPrivateKey: scalar)).base64EncodedString()
    }

    package static func presharedKey(using random: inout SplitMix64) -> String {
        Data(random.bytes(32)).base64EncodedString()
    }
}
