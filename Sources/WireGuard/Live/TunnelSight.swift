import Journal

/// What a run can say of tunnels.
package struct TunnelSight: Sendable {
    /// Whether the operator wants live interfaces to be looked at. Where not, that nothing was seen surprises nobody.
    var isAsked = false
    /// What the interfaces of this host show; nil where nothing could be seen.
    package var proof: ProofOfEffect?
    /// What the workers of the cluster tell; nil where there is no cluster.
    package var cluster: ClusterSight?

    package init(isAsked: Bool = false, proof: ProofOfEffect? = nil, cluster: ClusterSight? = nil) {
        self.isAsked = isAsked
        self.proof = proof
        self.cluster = cluster
    }

    /// Whether it can be told here that a key is gone.
    package var tellsGone: Bool { hostTellsGone && cluster?.seesAll != false }

    /// What the journal is to note.
    package var sighting: Journal.Sighting {
        Journal.Sighting(
            seesGone: tellsGone ? { seesGone($0, interfaces: $1, wasSeenUp: $2) } : nil,
            followings: isAsked ? cluster?.followings : nil)
    }

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
    /// What a key is still good for does not depend on when it was removed, so the keys are those of all removals of the
    /// account. Where those were seen gone, a night without a view is no news.
    ///
    /// - Parameters:
    ///   - earlier: what runs have removed of an account that came back since.
    ///   - hasVanished: whether somebody else has removed an instance of the account, with keys that nobody noted.
    package func applied(to result: AccountResult, after earlier: EarlierRemoval? = nil, hasVanished: Bool = false)
        -> AccountResult
    {
        guard let removed = RemovedKeys(of: result, after: earlier) else { return result }
        var result = result
        let seesGone =
            removed.keys.isEmpty
            ? true : self.seesGone(removed.keys, interfaces: removed.numbers, wasSeenUp: removed.wereSeenUp)
        switch seesGone {
        case false:
            result.outcome = .partiallyRemoved
            result.errors += sentences(of: removed.keys)
        case nil: result.isTunnelUnseen = isAsked && !removed.wereSeenGone
        case true: break
        }
        result.tunnelDown = seesGone == true && (hasVanished || !removed.areAll) ? nil : seesGone
        return result
    }
}

/// The keys that runs have removed of an account.
private struct RemovedKeys {
    var keys: [String] = []
    /// Whether these are all. Versions before did not note them.
    var areAll = true
    /// Of the interfaces that they were peers of.
    var numbers: [Int] = []
    /// Whether a run has seen, after the last removal, that none of them was left.
    var wereSeenGone = false
    /// Whether the last run that saw one of them saw it on an interface.
    var wereSeenUp = false

    /// - Returns: nil for an entry of no account that was or is removed.
    init?(of result: AccountResult, after earlier: EarlierRemoval?) {
        switch result.outcome {
        case .removed, .partiallyRemoved, .alreadyAbsent: break
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: return nil
        }
        guard let removal = result.removal else { return nil }
        take(removal.knownPeerKeys, removal.interfaceNumbers)
        guard let earlier = result.earlierRemoval ?? earlier else { return }
        // What this run has removed nobody has seen gone before.
        wereSeenGone = keys.isEmpty && earlier.wasSeenGone
        wereSeenUp = earlier.wasSeenUp
        take(earlier.peerKeys, earlier.interfaceNumbers)
    }

    private mutating func take(_ some: [String]?, _ interfaces: [Int]) {
        if some == nil { areAll = false }
        // Most accounts of a large feed were never here.
        guard some != [] || !interfaces.isEmpty else { return }
        keys = Set(keys).union(some ?? []).sorted()
        numbers = Set(numbers).union(interfaces).sorted()
    }
}
