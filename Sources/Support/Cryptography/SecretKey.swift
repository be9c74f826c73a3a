import COpenSSL

/// A key for HMAC-SHA256. Its memory is wiped when it is no longer used.
package struct SecretKey: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer

    /// Takes the key out of an array and wipes the whole array. A copy that somebody else holds stays as it is.
    package init(taking range: Range<Int>, from bytes: inout [UInt8]) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 1)
        memory.copyBytes(from: bytes[range])
        bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
        self.memory = memory
    }

    deinit {
        OPENSSL_cleanse(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    /// HMAC-SHA256 (RFC 2104) of the bytes with this key, itself 32 bytes.
    package borrowing func authenticationCode(for bytes: [UInt8]) -> [UInt8] {
        let (key, keyCount) = (memory.baseAddress, CInt(memory.count))
        return [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
            _ = Libcrypto.require("HMAC") {
                HMAC(EVP_sha256(), key, keyCount, bytes, bytes.count, code.baseAddress, nil)
            }
            count = SHA256.byteCount
        }
    }

    /// Compares in a time that does not depend on where the codes differ.
    package borrowing func isValid(_ code: [UInt8], for bytes: [UInt8]) -> Bool {
        let expected = authenticationCode(for: bytes)
        return code.count == expected.count && CRYPTO_memcmp(code, expected, expected.count) == 0
    }
}
