import COpenSSL

/// SHA-256 of bytes that arrive piece by piece.
package struct SHA256: ~Copyable {
    package static let byteCount = 32

    private let context: OpaquePointer

    package init() {
        let context = Libcrypto.require("EVP_MD_CTX_new") { EVP_MD_CTX_new() }
        Libcrypto.require("EVP_DigestInit") { EVP_DigestInit_ex(context, EVP_sha256(), nil) }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    package mutating func update(_ bytes: [UInt8]) {
        let context = context
        Libcrypto.require("EVP_DigestUpdate") { EVP_DigestUpdate(context, bytes, bytes.count) }
    }

    /// - Returns: the digest, 32 bytes.
    package consuming func finalize() -> [UInt8] {
        let context = context
        return [UInt8](unsafeUninitializedCapacity: Self.byteCount) { digest, count in
            Libcrypto.require("EVP_DigestFinal") { EVP_DigestFinal_ex(context, digest.baseAddress, nil) }
            count = Self.byteCount
        }
    }

    /// - Returns: the digest of the bytes, itself 32 bytes.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }
}
