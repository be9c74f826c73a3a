import Testing

@testable import Support

/// Known answers, and that pieces and whole come to the same.
@Suite("SHA-256, HMAC and key pairs")
struct CryptographyTests {
    @Test(
        "SHA-256 gives the answers of FIPS 180-4",
        arguments: [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func sha256(text: String, times: Int, digest: String) {
        #expect(SHA256.digest(of: Array(String(repeating: text, count: times).utf8)).hexDigits == digest)
    }

    @Test("in pieces of any length, the digest is that of the whole", arguments: [1, 55, 63, 64, 65, 1_000])
    func pieces(length: Int) {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var hash = SHA256()
        for start in stride(from: 0, to: bytes.count, by: length) {
            hash.update(Array(bytes[start..<min(start + length, bytes.count)]))
            hash.update([])
        }
        #expect(hash.finalize() == SHA256.digest(of: bytes))
    }

    struct AuthenticationCase: Sendable {
        var key: [UInt8]
        var message: [UInt8]
        var code: String

        init(key: [UInt8], message: [UInt8], code: String) {
            (self.key, self.message, self.code) = (key, message, code)
        }

        init(key: [UInt8], message: String, code: String) {
            self.init(key: key, message: Array(message.utf8), code: code)
        }
    }

    /// Cases 1 to 4, 6 and 7 of RFC 4231; case 5 is of a code cut short.
    private static let authenticationCases: [AuthenticationCase] = [
        AuthenticationCase(
            key: [UInt8](repeating: 0x0B, count: 20), message: "Hi There",
            code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        AuthenticationCase(
            key: Array("Jefe".utf8), message: "what do ya want for nothing?",
            code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        AuthenticationCase(
            key: [UInt8](repeating: 0xAA, count: 20), message: [UInt8](repeating: 0xDD, count: 50),
            code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        AuthenticationCase(
            key: [UInt8](1...25), message: [UInt8](repeating: 0xCD, count: 50),
            code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        AuthenticationCase(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: "Test Using Larger Than Block-Size Key - Hash Key First",
            code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        AuthenticationCase(
            key: [UInt8](repeating: 0xAA, count: 131),
            message: """
                This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
                hashed before being used by the HMAC algorithm.
                """,
            code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test("HMAC-SHA256 gives the answers of RFC 4231", arguments: authenticationCases)
    func hmac(_ example: AuthenticationCase) {
        var bytes = example.key
        let secret = SecretKey(taking: bytes.indices, from: &bytes)
        let found = secret.authenticationCode(for: example.message)
        #expect(found.hexDigits == example.code)
        let isValid = secret.isValid(found, for: example.message)
        #expect(isValid)
    }

    @Test("a code that differs in one bit, or in length, is not valid")
    func invalidCode() {
        var bytes = Array("Jefe".utf8)
        let secret = SecretKey(taking: bytes.indices, from: &bytes)
        let code = secret.authenticationCode(for: [1, 2, 3])
        let flipped = (0..<256).map { bit in
            var wrong = code
            wrong[bit / 8] ^= 1 << (bit % 8)
            return wrong
        }
        for wrong in flipped + [[], Array(code.dropLast()), code + [0]] {
            let isValid = secret.isValid(wrong, for: [1, 2, 3])
            #expect(!isValid)
        }
    }

    @Test("a key is taken out of its bytes, and they are wiped")
    func wiped() {
        var bytes = Array("  Jefe\n".utf8)
        let secret = SecretKey(taking: 2..<6, from: &bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 7))
        let code = secret.authenticationCode(for: Array("what do ya want for nothing?".utf8))
        #expect(code.hexDigits.hasPrefix("5bdcc146"))
    }

    /// The two pairs of section 6.1.
    @Test(
        "X25519 gives the public keys of RFC 7748",
        arguments: [
            (
                "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
                "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
            ),
            (
                "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
                "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
            ),
        ])
    func x25519(privateKey: String, publicKey: String) {
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(privateKey.dropFirst($0).prefix(2), radix: 16) }
        #expect(X25519.publicKey(ofPrivateKey: bytes).hexDigits == publicKey)
    }
}
