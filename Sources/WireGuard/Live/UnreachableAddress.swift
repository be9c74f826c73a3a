import Support

/// An address to which no packet of a customer can be forwarded.
package enum UnreachableAddress: String, CaseIterable, Sendable {
    case loopback = "a loopback address"
    /// Stands for no host. A connection to it reaches this host itself.
    case unspecified = "an unspecified address"
    case multicast = "a multicast address"
    case broadcast = "the broadcast address"

    /// - Parameter address: as ``FirewallObstacle/address(of:_:)`` returns it.
    /// - Returns: nil for an address of a single other host, and for text that is no address.
    package init?(_ address: String) {
        guard let address = IPPrefix(address)?.unmapped,
            let kind = Self.allCases.first(where: { kind in
                kind.networks.contains { IPPrefix($0)?.contains(address) == true }
            })
        else { return nil }
        self = kind
    }

    private var networks: [String] {
        switch self {
        case .loopback: ["127.0.0.0/8", "::1"]
        case .unspecified: ["0.0.0.0/8", "::"]
        case .multicast: ["224.0.0.0/4", "ff00::/8"]
        case .broadcast: ["255.255.255.255"]
        }
    }
}
