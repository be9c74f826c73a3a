import ControlPlane

/// What the system showed once everything was done: which public keys still are peers of an interface.
package struct ProofOfEffect: Sendable {
    /// Whether any interface of the database was seen, before or after.
    var isSighted: Bool
    /// Interfaces that are there and could not be read. What their peers are, nobody knows.
    private let unseen: Set<String>
    /// The interfaces on which a key is a peer, by key.
    private let interfaces: [String: [String]]
    /// The same as the database would have it.
    private let rightful: [String: Set<String>]

    /// - Parameter rightful: the peers that the database has, by interface.
    init(_ state: LiveInterfaces.State, isSighted: Bool, rightful: [String: Set<String>]) {
        self.isSighted = isSighted
        unseen = state.unreadable
        interfaces = Self.byKey(state.peers).mapValues { $0.sorted() }
        self.rightful = Self.byKey(rightful)
    }

    private static func byKey(_ peers: [String: Set<String>]) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for (name, keys) in peers {
            for key in keys { names[key, default: []].insert(name) }
        }
        return names
    }

    /// Whether none of these removed keys is left on an interface.
    ///
    /// One that does not answer leaves only the account unknown whose interface it was: the key of a removed customer has no
    /// business on anybody else's.
    ///
    /// - Parameters:
    ///   - numbers: of the removed instances.
    ///   - wasSeenUp: whether the last run that saw one of the keys saw it on an interface. That may be the one that does not
    ///     answer now.
    /// - Returns: nil where that could not be seen.
    func seesGone(_ keys: [String], interfaces numbers: [Int], wasSeenUp: Bool = false) -> Bool? {
        if !left(of: keys).isEmpty { return false }
        if wasSeenUp && !unseen.isEmpty { return nil }
        guard isSighted, unseen.isDisjoint(with: numbers.map(InterfaceName.of)) else { return nil }
        return true
    }

    private func left(of keys: [String]) -> [String] {
        Set(keys.map { WireGuardKey.asRead($0) }).sorted().filter { interfaces[$0] != nil }
    }

    /// Whether every interface that has the key has it because the database says so.
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
