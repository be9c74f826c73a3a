import Crypto
import Foundation

/// What stands in a WireGuard config, as far as it has to do with a live interface. Holds private keys.
struct ConfigText {
    /// What `wg syncconf` takes: the config without what `wg-quick` alone understands, as `wg-quick strip` prints it.
    private(set) var stripped = ""
    private(set) var peerKeys: Set<String> = []
    /// The interface's own, computed from its private key; nil where there is none that is valid.
    private(set) var publicKey: String?

    private static let quickKeys: Set<String> = [
        "address", "mtu", "dns", "table", "preup", "postup", "predown", "postdown", "saveconfig",
    ]

    init(_ text: String) {
        var section = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let said = line.prefix { $0 != "#" }
            let parts = said.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = (parts.first ?? "").trimmingCharacters(in: .whitespaces).lowercased()
            let value = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            if key.hasPrefix("[") { section = key }
            if section == "[interface]" && Self.quickKeys.contains(key) { continue }
            switch (section, key) {
            case ("[interface]", "privatekey"): publicKey = Self.publicKey(ofPrivateKey: value)
            case ("[peer]", "publickey"): peerKeys.insert(value)
            default: break
            }
            stripped += line + "\n"
        }
    }

    init(_ bytes: [UInt8]) { self.init(String(decoding: bytes, as: UTF8.self)) }

    /// - Returns: nil for what is no private key in base64.
    static func publicKey(ofPrivateKey text: String) -> String? {
        // Not a key, so there is no public one; whoever asks says so.
        guard let bytes = Data(base64Encoded: text),
            let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        return key.publicKey.rawRepresentation.base64EncodedString()
    }
}
