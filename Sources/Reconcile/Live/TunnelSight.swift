/// What a run can say of tunnels.
struct TunnelSight: Sendable {
    /// Whether the operator wants live interfaces to be looked at. Where not, that nothing was seen surprises nobody.
    var isAsked = false
    /// nil where nothing could be seen.
    var proof: ProofOfEffect?

    /// The result, with what can be said of the account's tunnel. One that is still up is no longer just `removed`.
    ///
    /// What a key is still good for does not depend on when it was removed, so the keys are those of all removals of the
    /// account. Where those were seen gone, a night without a view is no news.
    ///
    /// - Parameters:
    ///   - earlier: what runs have removed of an account that came back since.
    ///   - hasVanished: whether somebody else has removed an instance of the account, with keys that nobody noted.
    func applied(to result: AccountResult, after earlier: EarlierRemoval? = nil, hasVanished: Bool = false)
        -> AccountResult
    {
        guard let removed = RemovedKeys(of: result, after: earlier) else { return result }
        var result = result
        let seesGone =
            removed.keys.isEmpty
            ? true : proof?.seesGone(removed.keys, interfaces: removed.numbers, wasSeenUp: removed.wereSeenUp)
        switch seesGone {
        case false:
            result.outcome = .partiallyRemoved
            result.errors += proof?.sentences(of: removed.keys) ?? []
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
