/// A word of an iptables command.
///
/// A script that runs as root is made of these, so a value from the database becomes one only where it has the grammar
/// of its place. No grammar here admits a character that means something to a shell or to `iptables-restore`, a space
/// or a leading `-`; what is left over is a literal of the program's own.
struct FirewallWord: Hashable, Sendable, ExpressibleByStringLiteral {
    let text: String

    init(stringLiteral text: StaticString) { self.text = text.description }

    private init(checked text: String) { self.text = text }

    /// The address of the application's DNS container, which the script finds out when it runs.
    static let dnsAddress = FirewallWord(checked: "$dns_address")
    static let dnsAddressAndPort = FirewallWord(checked: "$dns_address:53")

    var isFoundOutByScript: Bool { self == .dnsAddress || self == .dnsAddressAndPort }

    // MARK: Addresses

    /// An IPv4 address.
    static func address(_ text: String?) -> FirewallWord? {
        text.flatMap(IPv4Network.init(host:)).map { FirewallWord(checked: $0.addressText) }
    }

    /// An IPv4 address with the length of its prefix. Bits of the host are kept: iptables masks them itself.
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

    /// A name that Linux gives an interface (15 characters at most), or the beginning of one with a `+` after it.
    static func interface(_ name: String?) -> FirewallWord? {
        guard let name, (1...15).contains(name.utf8.count) else { return nil }
        let stem = name.hasSuffix("+") ? name.dropLast() : Substring(name)
        let isName = stem.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
        }
        guard isName, let first = stem.first, first != "-", stem != ".", stem != ".." else { return nil }
        return FirewallWord(checked: name)
    }

    /// The interface of an instance.
    static func wireGuard(_ number: Int64) -> FirewallWord? { number < 0 ? nil : interface("wg\(number)") }

    // MARK: Ports

    static func port(_ number: Int64?) -> FirewallWord? {
        guard let number, (1...65_535).contains(number) else { return nil }
        return FirewallWord(checked: String(number))
    }

    /// A port, or two with a `:` between them.
    static func ports(_ text: String) -> FirewallWord? {
        let bounds = text.split(separator: ":", omittingEmptySubsequences: false)
        let numbers = bounds.compactMap { bound in
            bound.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt16(bound) : nil
        }
        // iptables refuses a range whose end lies before its beginning.
        guard (1...2).contains(bounds.count), numbers.count == bounds.count, numbers == numbers.sorted() else {
            return nil
        }
        return FirewallWord(checked: numbers.map { String($0) }.joined(separator: ":"))
    }
}
