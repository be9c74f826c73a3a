import ControlPlane

/// A word of an iptables command.
///
/// Scripts that run as root consist of these words. A value from the database becomes one only if it has the grammar
/// of its place. No grammar allows a space, a leading `-`, or a character with a meaning to a shell or to
/// `iptables-restore`. All other words are literals in this program.
///
/// The application checks little and leaves the rest to iptables. So these grammars accept what iptables accepts,
/// such as names of services and hexadecimal numbers. They also accept blanks around a value, which the application's
/// shell drops.
struct FirewallWord: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    init(stringLiteral text: StaticString) { self.text = text.description }

    init(checked text: String) { self.text = text }

    /// The address of the application's DNS container, which the script looks up when it runs.
    static let dnsAddress = FirewallWord(checked: "$dns_address")
    static let dnsAddressAndPort = FirewallWord(checked: "$dns_address:53")

    var isFoundOutByScript: Bool { self == .dnsAddress || self == .dnsAddressAndPort }

    // MARK: Addresses

    /// An IPv4 address for `-s` and `-d`. Each of its four numbers may be octal or hexadecimal there.
    static func address(_ text: String?) -> FirewallWord? {
        // The form of nearly all addresses.
        if let text, IPv4Network.isPlainAddress(text) { return FirewallWord(checked: text) }
        let numbers = text?.withoutBlanksBefore.split(separator: ".", omittingEmptySubsequences: false) ?? []
        let bytes = numbers.compactMap { UInt64(asInC: $0).flatMap(UInt8.init(exactly:)) }
        guard numbers.count == 4, bytes.count == 4 else { return nil }
        return FirewallWord(checked: bytes.map { String($0) }.joined(separator: "."))
    }

    /// An IPv4 address for `--to-destination`, where the numbers are decimal.
    static func decimalAddress(_ text: String) -> FirewallWord? {
        IPv4Network(host: text.withoutBlanksBefore).map { FirewallWord(checked: $0.addressText) }
    }

    /// An IPv4 address with a prefix length. Host bits are kept, because iptables masks them itself. A blank after the
    /// address is refused: it would come between address and length, which iptables does not accept.
    static func network(_ address: String?, _ length: Int64?) -> FirewallWord? {
        guard let address = Self.address(address), let length, (0...32).contains(length) else { return nil }
        return FirewallWord(checked: "\(address.text)/\(length)")
    }

    static func network(_ network: IPv4Network) -> FirewallWord { FirewallWord(checked: network.text) }

    /// The target of a port redirect.
    static func socket(_ address: FirewallWord, port: FirewallWord) -> FirewallWord {
        FirewallWord(checked: address.text + ":" + port.text)
    }

    /// Joins words with commas into one word.
    static func list(_ words: [FirewallWord]) -> FirewallWord {
        FirewallWord(checked: words.map(\.text).joined(separator: ","))
    }

    // MARK: Interfaces

    /// The name of an interface (15 bytes at most), or the beginning of one followed by `+`.
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
    /// Without the blanks that a shell drops around a word.
    var withoutBlanksAround: String {
        // Nearly every value has none. The first and last bytes are printable ASCII, and such a byte cannot be part
        // of a blank.
        if let first = utf8.first, let last = utf8.last, first > 0x20, first < 0x7F, last > 0x20, last < 0x7F {
            return self
        }
        return String(withoutBlanksBefore.reversed().drop { $0.isShellBlank }.reversed())
    }

    /// Without leading blanks only, for a value that has other text directly after it.
    var withoutBlanksBefore: String { String(drop { $0.isShellBlank }) }
}

extension Character {
    /// A line end does not count: in a script it ends the command.
    fileprivate var isShellBlank: Bool { self == " " || self == "\t" }
}
