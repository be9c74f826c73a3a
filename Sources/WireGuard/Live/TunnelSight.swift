import Journal

/// What a run knows about tunnels.
package struct TunnelSight: Sendable {
    /// Whether the operator wants live interfaces inspected. If not, it is expected that nothing was seen.
    var isAsked = false
    /// The interfaces of this host; nil where nothing could be seen.
    package var proof: ProofOfEffect?
    /// Keys that this run has found in configs again. What earlier runs have seen of them does not count.
    package var reopenedKeys: Set<String> = []
    /// The reports of the cluster's workers; nil where there is no cluster.
    package var cluster: ClusterSight?

    package init(isAsked: Bool = false, proof: ProofOfEffect? = nil, cluster: ClusterSight? = nil) {
        self.isAsked = isAsked
        self.proof = proof
        self.cluster = cluster
    }

    /// Whether this run can tell that a key is gone.
    package var tellsGone: Bool { hostTellsGone && cluster?.seesAll != false }

    /// What the journal records of this look.
    package var sighting: Journal.Sighting {
        Journal.Sighting(
            seesGone: tellsGone || findsPeers ? { seesGone($0, interfaces: $1, wasSeenUp: $2) } : nil,
            isComplete: proof?.isComplete != false,
            followings: isAsked ? cluster?.followings : nil)
    }

    /// Whether a removed key may be found up, which needs no interface of the database in sight.
    private var findsPeers: Bool { proof?.hasPeers == true || cluster?.hasPeers == true }

    private var hostTellsGone: Bool { !hostHasInterfaces || proof?.isSighted == true }

    private var hostHasInterfaces: Bool { cluster?.primaryHasInterfaces != false }

    /// Whether none of these removed keys is left on an interface of this host or of a worker; see
    /// ``ProofOfEffect/seesGone(_:interfaces:wasSeenUp:)``.
    ///
    /// - Parameter keys: nil if they were not recorded. Then their own interfaces have to be gone, or up with the peers
    ///   of the database alone. It is unknown whose any other peer is.
    /// - Returns: nil where that could not be seen.
    func seesGone(_ keys: [String]?, interfaces numbers: [Int], wasSeenUp: Bool) -> Bool? {
        guard let keys else { return seesNoOtherPeers(on: numbers) ? true : nil }
        let (here, there) = (seesGoneHere(keys, numbers, wasSeenUp), seesGoneFromWorkers(keys))
        if here == false || there == false { return false }
        return here == nil || there == nil ? nil : true
    }

    private func seesNoOtherPeers(on numbers: [Int]) -> Bool {
        // Of a damaged record, not even the interface is known.
        guard !numbers.isEmpty, tellsGone, cluster?.seesOtherPeers(on: numbers) != true else { return false }
        return proof.map { $0.seesNoOtherPeers(on: numbers) } ?? true
    }

    private func seesGoneHere(_ keys: [String], _ numbers: [Int], _ wasSeenUp: Bool) -> Bool? {
        guard !hostHasInterfaces else { return proof?.seesGone(keys, interfaces: numbers, wasSeenUp: wasSeenUp) }
        // If this host has no interfaces by design, it is expected that none is seen.
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

    /// The result with the state of the account's tunnel added. If the tunnel is still up, the outcome is no longer
    /// `removed`.
    ///
    /// A key may still work whenever it was removed, so the keys of all removals of the account are checked. If they
    /// were seen gone before, a run that cannot look does not change the result.
    ///
    /// - Parameters:
    ///   - earlier: what earlier runs removed of an account that has come back since.
    ///   - hasVanished: whether somebody else has removed an instance of the account whose keys were not recorded.
    package func applied(to result: AccountResult, after earlier: EarlierRemoval? = nil, hasVanished: Bool = false)
        -> AccountResult
    {
        guard var removed = RemovedKeys(of: result, after: earlier) else { return result }
        if !reopenedKeys.isDisjoint(with: removed.keys) { removed.wereSeenGone = false }
        var result = result
        let seesGone =
            removed.keys.isEmpty
            ? true : self.seesGone(removed.keys, interfaces: removed.numbers, wasSeenUp: removed.wereSeenUp)
        let seesRestGone =
            removed.areAll
            || self.seesGone(nil, interfaces: removed.numbersWithoutKeys, wasSeenUp: removed.wereSeenUp) == true
        switch seesGone {
        case false:
            result.outcome = .partiallyRemoved
            result.errors += sentences(of: removed.keys)
        case nil: result.isTunnelUnseen = isAsked && !removed.wereSeenGone
        case true:
            result.isTunnelUnseen = isAsked && !seesRestGone && !removed.wereSeenGone
            if result.isTunnelUnseen { result.interfacesWithoutKeys = removed.numbersWithoutKeys }
        }
        result.tunnelDown = seesGone == true && (hasVanished || !removed.areAll) ? nil : seesGone
        return result
    }
}

/// The keys of an account that runs have removed.
private struct RemovedKeys {
    var keys: [String] = []
    /// Whether all keys are known. Earlier versions did not record them.
    var areAll = true
    /// The numbers of the interfaces on which the keys were peers.
    var numbers: [Int] = []
    /// Those on which peers with unknown keys were.
    var numbersWithoutKeys: [Int] = []
    /// Whether a run has seen, after the last removal, that no key was left.
    var wereSeenGone = false
    /// Whether the last run that could check one of the keys saw it on an interface.
    var wereSeenUp = false

    /// - Returns: nil where the entry is not about a removed account.
    init?(of result: AccountResult, after earlier: EarlierRemoval?) {
        switch result.outcome {
        case .removed, .partiallyRemoved, .alreadyAbsent: break
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: return nil
        }
        guard let removal = result.removal else { return nil }
        take(removal.knownPeerKeys, removal.interfaceNumbers)
        if !areAll { numbersWithoutKeys = removal.interfaceNumbers }
        guard let earlier = result.earlierRemoval ?? earlier else { return }
        // Keys that this run has removed cannot have been seen gone before.
        wereSeenGone = keys.isEmpty && areAll && earlier.wasSeenGone
        wereSeenUp = earlier.wasSeenUp
        take(earlier.peerKeys, earlier.interfaceNumbers)
        numbersWithoutKeys = Set(numbersWithoutKeys).union(earlier.interfacesWithoutKeys).sorted()
    }

    private mutating func take(_ some: [String]?, _ interfaces: [Int]) {
        if some == nil { areAll = false }
        // Most accounts of a large feed never had an instance here.
        guard some != [] || !interfaces.isEmpty else { return }
        keys = Set(keys).union(some ?? []).sorted()
        numbers = Set(numbers).union(interfaces).sorted()
    }
}
