extension FirewallWord {
    static func port(_ number: Int64?) -> FirewallWord? {
        guard let number, (1...65_535).contains(number) else { return nil }
        return FirewallWord(checked: String(number))
    }

    /// A port, or a range of two with a `:` between them, either of which may be missing. A port is a number or the
    /// name of a service.
    ///
    /// The text is kept as it is, because iptables decides what it means: 080 is refused for tcp, and is port 80 for
    /// udp.
    static func ports(_ text: String) -> FirewallWord? {
        let ports = text.withoutBlanksAround
        let bounds = ports.split(separator: ":", omittingEmptySubsequences: false)
        let arePorts = bounds.allSatisfy { bound in
            bound.isEmpty ? bounds.count == 2 : isNumber(bound) || nameKnownToTheSystem(bound) != nil
        }
        return arePorts && bounds.count <= 2 ? FirewallWord(checked: ports) : nil
    }

    /// Whether iptables refuses these numbers for tcp: a number is not a valid port, or the second is below the
    /// first.
    var areRefusedForTCP: Bool {
        let bounds = text.split(separator: ":").filter { Self.isNumber($0) || UInt64(asInC: $0) != nil }
        let numbers = bounds.compactMap { UInt64(asInC: $0).flatMap(UInt16.init(exactly:)) }
        return numbers.count < bounds.count || numbers != numbers.sorted()
    }

    private static func isNumber(_ text: Substring) -> Bool {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension UInt64 {
    /// A number as C's `strtoul` reads it with base 0, which is how iptables reads most numbers: 80, 0x50 and 0120
    /// are the same. Nil where anything follows the number.
    init?(asInC text: some StringProtocol) {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        if digits.lowercased().hasPrefix("0x") {
            let hexadecimal = digits.dropFirst(2)
            guard hexadecimal.first?.isHexDigit == true else { return nil }
            self.init(hexadecimal, radix: 16)
        } else {
            self.init(digits, radix: first == UInt8(ascii: "0") && digits.utf8.count > 1 ? 8 : 10)
        }
    }
}
