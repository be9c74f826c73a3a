import ControlPlane
import Support

/// What stands in a WireGuard config, as far as it has to do with a live interface. Holds private keys.
package struct ConfigText {
    /// What `wg syncconf` takes: the config without what `wg-quick` alone understands, as `wg-quick strip` prints it.
    private(set) var stripped: [UInt8] = []
    private(set) var peerKeys: Set<String> = []
    package private(set) var privateKey: String?

    /// The interface's own, computed from its private key; nil where there is none that is valid.
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
            case ("[peer]", "publickey"): peerKeys.insert(line.key)
            default: break
            }
            stripped += text
            stripped.append(UInt8(ascii: "\n"))
        }
    }

    /// nil where the instance's config has no valid private key, or cannot be read, so that it does not tell whose it is.
    static func publicKey(ofConfigOf number: Int, in folder: OpenFolder) -> String? {
        // Whoever asks takes a file that cannot be read for one that tells nothing.
        (try? folder.regularFile(InterfaceName.config(of: number))).flatMap { ConfigText($0.bytes).publicKey }
    }

    /// Keys that are none, by the column of the database that they come from. `wg` refuses the whole config for one of
    /// them, and quotes it, which is why its words cannot be passed on. A value is never among these.
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
            if !isKey { flaws.append(column + (peers > 0 ? " of peer \(peer)" : "") + " is no key") }
        }
        return flaws
    }

    private static let columns = [
        "privatekey": "private_key", "publickey": "public_key", "presharedkey": "pre_shared_key",
    ]
}

/// A line of a config: `word = value # comment`, or `[section]`.
struct ConfigLine {
    /// In lower case and without white space.
    let word: String
    private let value: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) {
        let said = text.prefix { $0 != UInt8(ascii: "#") }
        let end = said.firstIndex(of: UInt8(ascii: "=")) ?? said.endIndex
        word = String(decoding: said[..<end].filter { $0 > 0x20 }, as: UTF8.self).lowercased()
        value = said[end...].dropFirst()
    }

    /// The value, without white space around it.
    var text: String {
        let rest = value.drop { $0 <= 0x20 }
        return String(
            decoding: rest.prefix((rest.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? rest.startIndex) - rest.startIndex),
            as: UTF8.self)
    }

    /// The value, read as a key.
    var key: String { WireGuardKey.asRead(String(decoding: value, as: UTF8.self)) }
}
