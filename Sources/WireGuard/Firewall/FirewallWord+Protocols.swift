extension FirewallWord {
    /// A protocol: a number or a name, in letters of either case.
    ///
    /// Some names iptables knows itself, others are known to the system that the script runs on; one that neither knows,
    /// iptables refuses, in this script as in the application's.
    static func transport(_ name: String) -> FirewallWord? {
        let name = name.withoutBlanksAround
        if let number = UInt64(asInC: name) {
            return UInt8(exactly: number).map { FirewallWord(checked: String($0)) }
        }
        return nameKnownToTheSystem(name.lowercased()[...])
    }

    /// Whether packets of this protocol have ports that iptables looks at.
    var hasPorts: Bool { Self.withPorts.contains(text) }

    private static let withPorts: Set = ["tcp", "6", "udp", "17", "sctp", "132", "dccp", "33"]

    /// A name in the manner of services(5) and protocols(5). All digits is a number that there is not, 080, say.
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
