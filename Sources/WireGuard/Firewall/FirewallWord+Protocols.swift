extension FirewallWord {
    /// A protocol: a number, or a name in upper or lower case.
    ///
    /// iptables knows some names itself, and the system that runs the script knows others. iptables refuses any other
    /// name, in this script as in the application's.
    static func transport(_ name: String) -> FirewallWord? {
        let name = name.withoutBlanksAround
        if let number = UInt64(asInC: name) {
            return UInt8(exactly: number).map { FirewallWord(checked: String($0)) }
        }
        return nameKnownToTheSystem(name.lowercased()[...])
    }

    /// Whether the protocol has ports that iptables can match.
    var hasPorts: Bool { Self.withPorts.contains(text) }

    private static let withPorts: Set = ["tcp", "6", "udp", "17", "sctp", "132", "dccp", "33"]

    /// A name as in services(5) and protocols(5). Text of digits only, such as 080, is an invalid number and not a
    /// name.
    static func nameKnownToTheSystem(_ name: Substring) -> FirewallWord? {
        let isName = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "._+-".unicodeScalars.contains(scalar))
        }
        guard isName, name.contains(where: \.isLetter), !name.hasPrefix("-") else { return nil }
        return FirewallWord(checked: String(name))
    }
}
