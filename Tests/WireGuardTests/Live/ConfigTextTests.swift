import Foundation
import SamplePlane
import TestSupport
import Testing

@testable import WireGuard

@Suite("Live interfaces: configs")
struct ConfigTextTests {
    @Test(.enabled(if: (try? Tool("which", "wg-quick").status) == 0, "wg-quick is not installed"))
    func `stripped as wg-quick does it`() throws {
        try withBench { bench in
            let text = """
                [Interface]
                PrivateKey = cF5sUkXn2EPCmqPqHCyLIjjXh3zjZ/sjeGBm5vuAoXQ=
                address = 10.0.0.1/24
                ListenPort = 51820
                MTU=1400
                PostUp = a = b ; # c
                PostDown =
                # Address of nobody
                [Peer]
                PublicKey = 5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=
                AllowedIPs = 10.0.0.2/32 # Address
                #[Peer]
                #PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                """
            try bench.put(text, at: "wg7.conf")
            let config = ConfigText(Array(text.utf8))
            let expected = try Tool.need("wg-quick", "strip", bench.wireguard + "/wg7.conf")
            #expect(
                String(decoding: config.stripped, as: UTF8.self).trimmingSuffix("\n") == expected.trimmingSuffix("\n"))
            #expect(config.peerKeys == ["5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs="])
        }
    }

    @Test(arguments: [
        "5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=", "5YdA1wmZfKk5pEZvDfOv/7xW J0tqH1yvj5uGhm5k6Vs= # x",
    ])
    func `a key is read as wg reads it`(text: String) {
        #expect(
            ConfigText(Array("[Peer]\nPublicKey = \(text)\n".utf8)).peerKeys == [
                "5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs="
            ])
    }

    @Test func `what is no key is told by its place, never by its value`() {
        let config = ConfigText(
            Array(
                """
                [Interface]
                PrivateKey = SECRET
                [Peer]
                PublicKey = 5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=
                PresharedKey = SECRET
                [Peer]
                PublicKey = SECRET
                """.utf8))
        #expect(
            config.flaws == [
                "private_key is not a key", "pre_shared_key of peer 5YdA1wmZ… is not a key",
                "public_key of peer 2 is not a key",
            ])
    }

    @Test func `the public key is that of the private key`() throws {
        var random = SplitMix64(seed: 3)
        let pair = SampleKeyPair(using: &random)
        #expect(ConfigText(Array("[Interface]\nPrivateKey = \(pair.privateKey)\n".utf8)).publicKey == pair.publicKey)
        #expect(ConfigText(Array("[Interface]\nPrivateKey = hello\n".utf8)).publicKey == nil)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var rest = self[...]
        while rest.last == character { rest = rest.dropLast() }
        return rest
    }
}
