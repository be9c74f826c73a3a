import ControlPlane

/// A word of an iptables command.
///
/// A script that runs as root is made of these, so a value from the database becomes one only where it has the grammar
/// of its place. No grammar here admits a character that means something to a shell or to `iptables-restore`, a space
/// or a leading `-`; what is left over is a literal of the program's own.
///
/// The application checks little and lets iptables judge. So these grammars take what iptables takes, such as names of
/// services and numbers in hexadecimal, and blanks around a value, which the application's shell drops.
struct FirewallWord: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    init(stringLiteral text: StaticString) { self.text = text.description }

    init(checked text: String) { self.text = text }

    /// The address of the application's DNS container, which the script finds out when it runs.
    static let dnsAddress = FirewallWord(checked: "$dns_address")
    static let dnsAddressAndPort = FirewallWord(checked: "$dns_address:53")

    var isFoundOutByScript: Bool { self == .dnsAddress || self == .dnsAddressAndPort }

    // MARK: Addresses

    /// An IPv4 address as it may follow `-s` and `-d`. Each of its four numbers may be octal or hexadecimal there.
    static func address(_ text: String?) -> FirewallWord? {
        // As nearly all are written.
        if let text, IPv4Network.isPlainAddress(text) { return FirewallWord(checked: text) }
        let numbers = text?.withoutBlanksBefore.split(separator: ".", omittingEmptySubsequences: false) ?? []
        let bytes = numbers.compactMap { UInt64(asInC: $0).flatMap(UInt8.init(exactly:)) }
        guard numbers.count == 4, bytes.count == 4 else { return nil }
        return FirewallWord(checked: bytes.map { String($0) }.joined(separator: "."))
    }

    /// An IPv4 address as it may follow `--to-destination`, where its numbers are decimal.
    static func decimalAddress(_ text: String) -> FirewallWord? {
        IPv4Network(host: text.withoutBlanksBefore).map { FirewallWord(checked: $0.addressText) }
    }

    /// An IPv4 address with the length of its prefix. Bits of the host are kept: iptables masks them itself. A blank
    /// behind the address would stand between it and the length, and iptables refuses that.
    static func network(_ address: String?, _ length: Int64?) -> FirewallWord? {
        guard let address = Self.address(address), let length, (0...32).contains(length) else { return nil }
        return FirewallWord(checked: "\(address.text)/\(length)")
    }

    static func network(_ network: IPv4Network) -> FirewallWord { FirewallWord(checked: network.text) }

    /// Where a port is redirected to.
    static func socket(_ address: FirewallWord, port: FirewallWord) -> FirewallWord {
        FirewallWord(checked: address.text + ":" + port.text)
    }

    /// Words that make up a single one, with commas between them.
    static func list(_ words: [FirewallWord]) -> FirewallWord {
        FirewallWord(checked: words.map(\.text).joined(separator: ","))
    }

    // MARK: Interfaces

    /// The name of an interface (15 bytes at most), or the beginning of one with a `+` after it.
    static func interface(_ name: String?) -> FirewallWord? {
        guard let name = name?.withoutBlanksAround, (1...15).contains(name.utf8.count), !name.hasPrefix("-") else {
            return nil
        }
        let isName = name.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "._-+:@,=%/^".unicodeScalars.contains(scalar)
        }
        return isName ? FirewallWord(checked: name) : nil
    }

    /// The interface of an instance.
    static func wireGuard(_ number: Int64) -> FirewallWord? {
        let name = InterfaceName.of(Int(number))
        return number < 0 || name.utf8.count > 15 ? nil : FirewallWord(checked: name)
    }
}

extension String {
    /// Without the blanks that a shell drops where a value stands between two words.
    var withoutBlanksAround: String {
        // Nearly every value has none. No letter that begins or ends with a blank's byte is one of several scalars.
        if let first = utf8.first, let last = utf8.last, first > 0x20, first < 0x7F, last > 0x20, last < 0x7F {
            return self
        }
        return String(withoutBlanksBefore.reversed().drop { $0.isShellBlank }.reversed())
    }

    /// The same where something follows the value immediately.
    var withoutBlanksBefore: String { String(drop { $0.isShellBlank }) }
}

extension Character {
    /// A line end is none: in a script it ends the command.
    fileprivate var isShellBlank: Bool { self == " " || self == "\t" }
}
