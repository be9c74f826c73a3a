/// An IPv4 network: an address without host bits, and the prefix length.
struct IPv4Network: Hashable, Sendable {
    let address: UInt32
    let length: Int

    static let everything = IPv4Network(0, 0)

    private init(_ address: UInt32, _ length: Int) {
        self.address = address & Self.mask(length)
        self.length = length
    }

    /// The network that contains an address; nil where the address or the length is not valid.
    init?(_ address: String?, _ length: Int64?) {
        guard let address = address.flatMap(Self.quad), let length, (0...32).contains(length) else { return nil }
        self.init(address, Int(length))
    }

    /// The network of a single address.
    init?(host: String) {
        guard let address = Self.quad(host) else { return nil }
        self.init(address, 32)
    }

    /// A network as people write it: an address alone, with a prefix length, or with a mask.
    init?(route: some StringProtocol) {
        let parts = route.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = Self.quad(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(address, 32)
            return
        }
        if let mask = Self.quad(parts[1]) {
            guard let length = (0...32).first(where: { Self.mask($0) == mask || ~Self.mask($0) == mask }) else {
                return nil
            }
            self.init(address, length)
        } else {
            guard let length = Self.number(parts[1], upTo: 32) else { return nil }
            self.init(address, Int(length))
        }
    }

    var text: String { "\(addressText)/\(length)" }

    var addressText: String {
        [24, 16, 8, 0].map { String(address >> $0 & 0xFF) }.joined(separator: ".")
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << UInt32(32 - length) }

    /// Whether the text is exactly four decimal numbers with dots between them, which every program reads the same
    /// way.
    static func isPlainAddress(_ text: String) -> Bool { quad(text) != nil }

    /// Four numbers with dots between them. A leading zero is refused, because some programs read it as octal.
    private static func quad(_ text: some StringProtocol) -> UInt32? {
        var address: UInt32 = 0
        var parts = 0
        var number: UInt32 = 0
        var digits = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: ".") {
                guard digits > 0, parts < 3 else { return nil }
                address = address << 8 | number
                (parts, number, digits) = (parts + 1, 0, 0)
            } else {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits == 0 || number > 0 else {
                    return nil
                }
                number = number * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard number <= 255 else { return nil }
            }
        }
        return parts == 3 && digits > 0 ? address << 8 | number : nil
    }

    private static func number(_ text: some StringProtocol, upTo limit: UInt32) -> UInt32? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt32(text).flatMap { $0 <= limit ? $0 : nil }
    }
}
