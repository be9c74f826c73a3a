/// What the system showed once everything was done: which public keys still are peers of an interface.
struct ProofOfEffect: Sendable {
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
        guard isSighted, unseen.isDisjoint(with: numbers.map(InterfaceConfig.name)) else { return nil }
        return true
    }

    private func left(of keys: [String]) -> [String] {
        Set(keys.map { WireGuardKey.asRead($0) }).sorted().filter { interfaces[$0] != nil }
    }

    /// Whether every interface that has the key has it because the database says so.
    private func isRightful(_ key: String) -> Bool {
        Set(interfaces[key] ?? []).isSubset(of: rightful[key] ?? [])
    }

    fileprivate func sentences(of keys: [String]) -> [String] {
        left(of: keys).map { key in
            let names = (interfaces[key] ?? []).joined(separator: ", ")
            let why = isRightful(key) ? ", where the database has another peer with this key" : ""
            return "tunnel is still up: peer \(WireGuardKey.shortened(key)) on \(names)\(why)"
        }
    }
}

/// What a run can say of tunnels.
struct TunnelSight: Sendable {
    /// Whether the operator wants live interfaces to be looked at. Where not, that nothing was seen surprises nobody.
    var isAsked = false
    /// What the interfaces of this host show; nil where nothing could be seen.
    var proof: ProofOfEffect?
    /// What the workers of the cluster tell; nil where there is no cluster.
    var cluster: ClusterSight?

    /// Whether it can be told here that a key is gone.
    var tellsGone: Bool { hostTellsGone && cluster?.seesAll != false }

    private var hostTellsGone: Bool { !hostHasInterfaces || proof?.isSighted == true }

    private var hostHasInterfaces: Bool { cluster?.primaryHasInterfaces != false }

    /// Whether none of these removed keys is left on an interface of this host or of a worker; see
    /// ``ProofOfEffect/seesGone(_:interfaces:wasSeenUp:)``.
    ///
    /// - Returns: nil where that could not be seen.
    func seesGone(_ keys: [String], interfaces numbers: [Int], wasSeenUp: Bool) -> Bool? {
        let (here, there) = (seesGoneHere(keys, numbers, wasSeenUp), seesGoneFromWorkers(keys))
        if here == false || there == false { return false }
        return here == nil || there == nil ? nil : true
    }

    private func seesGoneHere(_ keys: [String], _ numbers: [Int], _ wasSeenUp: Bool) -> Bool? {
        guard !hostHasInterfaces else { return proof?.seesGone(keys, interfaces: numbers, wasSeenUp: wasSeenUp) }
        // Where nothing is up by design, that no interface is in sight is no reason for doubt.
        guard var proof else { return true }
        proof.isSighted = true
        return proof.seesGone(keys, interfaces: numbers, wasSeenUp: wasSeenUp)
    }

    private func seesGoneFromWorkers(_ keys: [String]) -> Bool? {
        guard let cluster else { return true }
        return cluster.seesGone(keys)
    }

    private func sentences(of keys: [String]) -> [String] {
        (proof?.sentences(of: keys) ?? []) + (cluster?.sentences(of: keys) ?? [])
    }

    /// The result, with what can be said of the account's tunnel. One that is still up is no longer just `removed`.
    ///
    /// What a key is still good for does not depend on when it was removed, so this is also of those that an earlier run
    /// has removed. Where those were seen gone, a night without a view is no news.
    func applied(to result: AccountResult) -> AccountResult {
        let (keys, numbers): ([String]?, [Int])
        var (wasSeenGone, wasSeenUp) = (false, false)
        switch result.outcome {
        case .removed, .partiallyRemoved:
            guard let removal = result.removal else { return result }
            (keys, numbers) = (removal.knownPeerKeys, removal.interfaceNumbers)
        case .alreadyAbsent:
            guard let earlier = result.earlierRemoval else { return result }
            (keys, numbers) = (earlier.peerKeys, earlier.interfaceNumbers)
            (wasSeenGone, wasSeenUp) = (earlier.wasSeenGone, earlier.wasSeenUp)
        default: return result
        }
        guard let keys else { return result }
        var result = result
        result.tunnelDown = keys.isEmpty ? true : seesGone(keys, interfaces: numbers, wasSeenUp: wasSeenUp)
        switch result.tunnelDown {
        case false:
            result.outcome = .partiallyRemoved
            result.errors += sentences(of: keys)
        case nil: result.isTunnelUnseen = isAsked && !wasSeenGone
        case true: break
        }
        return result
    }
}
