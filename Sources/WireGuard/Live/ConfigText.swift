import ControlPlane
import Support

/// The content of a WireGuard config, as far as it concerns a live interface. Holds private keys.
package struct ConfigText {
    /// The input of `wg syncconf`: the config without the lines that only `wg-quick` understands, as `wg-quick strip`
    /// prints it.
    private(set) var stripped: [UInt8] = []
    private(set) var peerKeys: Set<String> = []
    package private(set) var privateKey: String?
    private(set) var setsFirewallMark = false

    /// The interface's public key, computed from its private key; nil where it has no valid private key.
    var publicKey: String? { privateKey.flatMap(WireGuardKey.publicKey) }

    private static let quickKeys: Set<String> = [
        "address", "mtu", "dns", "table", "preup", "postup", "predown", "postdown", "saveconfig",
    ]

    package init(_ bytes: [UInt8]) {
        stripped.reserveCapacity(bytes.count + 1)
        var section = ""
        for text in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = ConfigLine(text)
            if line.word.hasPrefix("[") { section = line.word }
            if section == "[interface]" && Self.quickKeys.contains(line.word) { continue }
            switch (section, line.word) {
            case ("[interface]", "privatekey"): privateKey = line.key
            case ("[interface]", "fwmark"): setsFirewallMark = true
            case ("[peer]", "publickey"): peerKeys.insert(line.key)
            default: break
            }
            stripped += text
            stripped.append(UInt8(ascii: "\n"))
        }
    }

    /// The public key of an instance's config. nil if the config cannot be read or has no valid private key, and its
    /// owner is therefore unknown.
    static func publicKey(ofConfigOf number: Int, in folder: OpenFolder) -> String? {
        // For the caller, a file that cannot be read is the same as one without a key.
        (try? folder.regularFile(InterfaceName.config(of: number))).flatMap { ConfigText($0.bytes).publicKey }
    }

    /// Invalid keys, by database column, never by value. `wg` refuses the whole config for a single one. Its error
    /// message quotes the key, so it cannot be passed on.
    var flaws: [String] {
        var flaws: [String] = []
        var peers = 0
        var peer = ""
        for text in stripped.split(separator: UInt8(ascii: "\n")) {
            let line = ConfigLine(text)
            if line.word == "[peer]" {
                peers += 1
                peer = "\(peers)"
            }
            guard let column = Self.columns[line.word] else { continue }
            let isKey = WireGuardKey.isKey(line.key)
            if isKey && line.word == "publickey" { peer = WireGuardKey.shortened(line.key) }
            if !isKey { flaws.append(column + (peers > 0 ? " of peer \(peer)" : "") + " is not a key") }
        }
        return flaws
    }

    private static let columns = [
        "privatekey": "private_key", "publickey": "public_key", "presharedkey": "pre_shared_key",
    ]
}

/// A line of a config: `word = value # comment`, or `[section]`.
struct ConfigLine {
    /// In lower case, without white space.
    let word: String
    private let value: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) {
        let said = text.prefix { $0 != UInt8(ascii: "#") }
        let end = said.firstIndex(of: UInt8(ascii: "=")) ?? said.endIndex
        word = String(decoding: said[..<end].filter { $0 > 0x20 }, as: UTF8.self).lowercased()
        value = said[end...].dropFirst()
    }

    /// The value, without surrounding white space.
    var text: String {
        let rest = value.drop { $0 <= 0x20 }
        return String(
            decoding: rest.prefix((rest.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? rest.startIndex) - rest.startIndex),
            as: UTF8.self)
    }

    /// The value, read as a key.
    var key: String { WireGuardKey.asRead(String(decoding: value, as: UTF8.self)) }
}
