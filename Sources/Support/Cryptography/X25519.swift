import COpenSSL

/// The key agreement of WireGuard (RFC 7748).
package enum X25519 {
    package static let keyByteCount = 32

    /// - Parameter privateKey: 32 bytes, which need not be clamped.
    /// - Returns: 32 bytes.
    package static func publicKey(ofPrivateKey privateKey: [UInt8]) -> [UInt8] {
        let pair = Libcrypto.require("EVP_PKEY_new_raw_private_key") {
            EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nil, privateKey, privateKey.count)
        }
        // Wipes its copy of the private key.
        defer { EVP_PKEY_free(pair) }
        return [UInt8](unsafeUninitializedCapacity: keyByteCount) { publicKey, count in
            var length = keyByteCount
            Libcrypto.require("EVP_PKEY_get_raw_public_key") {
                EVP_PKEY_get_raw_public_key(pair, publicKey.baseAddress, &length)
            }
            count = length
        }
    }
}
