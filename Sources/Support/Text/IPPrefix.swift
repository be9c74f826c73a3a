import Glibc

/// An IP address with a prefix length: `10.0.0.1/24`.
package struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes for IPv4, 16 for IPv6.
    private let bytes: [UInt8]
    package let length: Int

    /// - Parameter text: An address, optionally with `/length`. Without it, the prefix covers that address alone.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count) else { return nil }
        let address = String(parts[0])
        let family = address.contains(":") ? AF_INET6 : AF_INET
        var bytes = [UInt8](repeating: 0, count: family == AF_INET6 ? 16 : 4)
        guard inet_pton(family, address, &bytes) == 1 else { return nil }
        let length = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
        guard let length, (0...bytes.count * 8).contains(length) else { return nil }
        (self.bytes, self.length) = (bytes, length)
    }

    private init(bytes: [UInt8], length: Int) { (self.bytes, self.length) = (bytes, length) }

    /// The prefixes of a config line, separated by commas or white space. Anything else is left out: `wg` refuses it.
    package static func list(_ text: String) -> [IPPrefix] {
        text.split { $0 == "," || $0.isWhitespace }.compactMap { IPPrefix($0) }
    }

    /// The IPv4 prefix that an IPv4-mapped one, `::ffff:10.0.0.1`, stands for; any other stays as it is.
    package var unmapped: IPPrefix {
        guard bytes.count == 16, length >= 96, bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF,
            bytes[11] == 0xFF
        else { return self }
        return IPPrefix(bytes: Array(bytes[12...]), length: length - 96)
    }

    /// The network address, as in a route.
    package var network: IPPrefix {
        var masked = bytes
        for index in masked.indices {
            let bits = min(max(length - index * 8, 0), 8)
            masked[index] &= bits == 0 ? 0 : UInt8.max << (8 - bits)
        }
        return IPPrefix(bytes: masked, length: length)
    }

    /// The network of this length that contains the prefix; nil if `length` is longer than its own.
    package func network(ofLength length: Int) -> IPPrefix? {
        length > self.length ? nil : IPPrefix(bytes: bytes, length: length).network
    }

    /// Whether this network contains every address of the other one.
    package func contains(_ other: IPPrefix) -> Bool {
        bytes.count == other.bytes.count && length <= other.length
            && IPPrefix(bytes: other.bytes, length: length).network == network
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 16 ? AF_INET6 : AF_INET
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) + "/\(length)"
    }
}
