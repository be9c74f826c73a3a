import ControlPlane

/// The state of the system after all changes: which public keys are still peers of an interface.
package struct ProofOfEffect: Sendable {
    /// Whether any interface of the database was seen, before or after.
    var isSighted: Bool
    /// Interfaces that exist and could not be read; their peers are unknown.
    private let unseen: Set<String>
    /// Whether some of them were not even asked. A removed key may be on any of these.
    private let leavesUnasked: Bool
    /// The interfaces on which a key is a peer, by key.
    private let interfaces: [String: [String]]
    /// The same, from the database.
    private let rightful: [String: Set<String>]
    /// The interfaces with a peer that the database does not have on them.
    private let withOtherPeers: Set<String>
    /// The peers of the database's own interfaces that the database does not have on them.
    let strayKeys: Set<String>

    /// - Parameters:
    ///   - rightful: the peers in the database, by interface.
    ///   - own: the interfaces that instances of the database have or had.
    init(
        _ state: LiveInterfaces.State, isSighted: Bool, rightful: [String: Set<String>], own: Set<String> = []
    ) {
        self.isSighted = isSighted
        unseen = state.unreadable
        leavesUnasked = !state.unasked.isEmpty
        interfaces = Self.byKey(state.peers).mapValues { $0.sorted() }
        self.rightful = Self.byKey(rightful)
        withOtherPeers = Set(
            state.peers.compactMap { name, keys in keys.isSubset(of: rightful[name] ?? []) ? nil : name })
        strayKeys = withOtherPeers.intersection(own).reduce(into: []) { strays, name in
            strays.formUnion((state.peers[name] ?? []).subtracting(rightful[name] ?? []))
        }
    }

    /// Whether every interface answered.
    var isComplete: Bool { unseen.isEmpty }
    /// Whether any interface has a peer.
    var hasPeers: Bool { !interfaces.isEmpty }

    private static func byKey(_ peers: [String: Set<String>]) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for (name, keys) in peers {
            for key in keys { names[key, default: []].insert(name) }
        }
        return names
    }

    /// Whether none of these removed keys is left on an interface.
    ///
    /// An interface that does not answer leaves the state unknown only for its own account: a removed customer's key
    /// is not expected on other interfaces. One that was not asked leaves it unknown for every account.
    ///
    /// - Parameters:
    ///   - numbers: the numbers of the removed instances.
    ///   - wasSeenUp: whether the last run that could check one of the keys saw it on an interface. That interface
    ///     may be the one that does not answer now.
    /// - Returns: nil if that could not be seen.
    func seesGone(_ keys: [String], interfaces numbers: [Int], wasSeenUp: Bool = false) -> Bool? {
        if !left(of: keys).isEmpty { return false }
        if leavesUnasked || wasSeenUp && !unseen.isEmpty { return nil }
        guard isSighted, unseen.isDisjoint(with: numbers.map(InterfaceName.of)) else { return nil }
        return true
    }

    /// Whether each of these interfaces is gone, or has only peers of the database.
    func seesNoOtherPeers(on numbers: [Int]) -> Bool {
        let names = numbers.map(InterfaceName.of)
        return unseen.isDisjoint(with: names) && withOtherPeers.isDisjoint(with: names)
    }

    private func left(of keys: [String]) -> [String] {
        Set(keys.map { WireGuardKey.asRead($0) }).sorted().filter { interfaces[$0] != nil }
    }

    /// Whether the database has the key on every interface that has it.
    private func isRightful(_ key: String) -> Bool {
        Set(interfaces[key] ?? []).isSubset(of: rightful[key] ?? [])
    }

    func sentences(of keys: [String]) -> [String] {
        left(of: keys).map { key in
            let names = (interfaces[key] ?? []).joined(separator: ", ")
            let why = isRightful(key) ? ", where the database has another peer with this key" : ""
            return "tunnel is still up: peer \(WireGuardKey.shortened(key)) on \(names)\(why)"
        }
    }
}
