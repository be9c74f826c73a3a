/// What the system showed once everything was done: which public keys still are peers of an interface.
struct ProofOfEffect: Sendable {
    /// Whether any interface of the database was seen, before or after.
    var isSighted: Bool
    /// Whether every interface could be read.
    var isWhole: Bool
    /// The interfaces on which a key is a peer, by key.
    private let interfaces: [String: [String]]
    /// The same as the database would have it.
    private let rightful: [String: Set<String>]

    /// - Parameter rightful: the peers that the database has, by interface.
    init(_ state: LiveInterfaces.State, isSighted: Bool, rightful: [String: Set<String>]) {
        self.isSighted = isSighted
        isWhole = state.unreadable.isEmpty
        interfaces = Self.byKey(state.peers).mapValues { $0.sorted() }
        self.rightful = Self.byKey(rightful)
    }

    /// Whether a key that is seen nowhere is nowhere.
    var tellsOfEveryTunnel: Bool { isSighted && isWhole }

    private static func byKey(_ peers: [String: Set<String>]) -> [String: Set<String>] {
        var names: [String: Set<String>] = [:]
        for (name, keys) in peers {
            for key in keys { names[key, default: []].insert(name) }
        }
        return names
    }

    /// The result, with what can be said of the account's tunnel. One that is still up is no longer just `removed`.
    func applied(to result: AccountResult) -> AccountResult {
        guard let keys = removedKeys(of: result) else { return result }
        var result = result
        let left = Set(keys.map { WireGuardKey.asRead($0) }).sorted().filter { interfaces[$0] != nil }
        if left.isEmpty {
            result.tunnelDown = tellsOfEveryTunnel ? true : nil
            return result
        }
        result.tunnelDown = false
        result.outcome = .partiallyRemoved
        result.errors += left.map(sentence)
        return result
    }

    /// By this run or an earlier one: what a key is still good for does not depend on when it was removed. nil where
    /// nothing is known to have been removed.
    private func removedKeys(of result: AccountResult) -> [String]? {
        switch result.outcome {
        case .removed, .partiallyRemoved: result.removal?.peerKeys
        case .alreadyAbsent: result.earlierRemoval?.peerKeys
        default: nil
        }
    }

    /// Whether every interface that has the key has it because the database says so.
    private func isRightful(_ key: String) -> Bool {
        Set(interfaces[key] ?? []).isSubset(of: rightful[key] ?? [])
    }

    private func sentence(_ key: String) -> String {
        let names = (interfaces[key] ?? []).joined(separator: ", ")
        let why = isRightful(key) ? ", where the database has another peer with this key" : ""
        return "tunnel is still up: peer \(WireGuardKey.shortened(key)) on \(names)\(why)"
    }
}
