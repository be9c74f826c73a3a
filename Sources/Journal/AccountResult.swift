import ControlPlane
import Feed
import Support

/// The result of one entry of the feed, as the report carries it.
package struct AccountResult: Sendable {
    /// The entry, as it stood in the feed.
    package var entry: FeedEntry
    package var outcome: Outcome
    /// Why the outcome is what it is, in sentences for a person; empty where nothing is amiss.
    package var errors: [String]
    /// What was removed. Present for every account that was worked on, also where it turned out to be absent.
    package var removal: RemovalRecord?
    /// For an account that was already absent: when an earlier run removed it.
    package var earlierRemoval: EarlierRemoval?
    /// Whether none of the account's removed public keys is left on any interface; nil where that could not be seen, or
    /// the entry removes nothing. An account without keys has none that could be left, nor has one that was never here.
    package var tunnelDown: Bool?
    /// Whether the run was to look, could not, and no run has seen the account's removed keys gone. Its customer may still
    /// be connected.
    package var isTunnelUnseen = false
    /// What of the account is still there, since it does not go with it; nil where the run did not look, or the account was
    /// not worked on.
    package var leftBehind: [LeftBehind]?

    /// Whether a person has to look at this entry.
    package var needsAPerson: Bool { outcome.needsAPerson || tunnelDown == false || isTunnelUnseen }

    /// All that a person is told of this entry. That a tunnel could not be seen is no error of the removal, which
    /// ``errors`` name, and is said all the same.
    package var sentences: [String] {
        errors + (isTunnelUnseen ? ["it could not be seen whether the tunnel is down"] : [])
    }

    package init(
        entry: FeedEntry, outcome: Outcome, errors: [String] = [], removal: RemovalRecord? = nil,
        earlierRemoval: EarlierRemoval? = nil
    ) {
        self.entry = entry
        self.outcome = outcome
        self.errors = errors
        self.removal = removal
        self.earlierRemoval = earlierRemoval
    }
}

extension RemovalRecord {
    /// ``peerKeys``, as far as they are known: an account without an instance has none. nil where a version removed an
    /// instance that did not note them.
    package var knownPeerKeys: [String]? { peerKeys ?? (interfaceNumbers.isEmpty ? [] : nil) }

    /// Whether configs or the firewall script are others without what was removed.
    var changesExport: Bool {
        !interfaceNumbers.isEmpty || !affectedInterfaceNumbers.isEmpty
            || rows.keys.contains { $0.hasPrefix("firewall_") }
    }
}

extension AccountResult {
    /// What was committed of an entry by an earlier part of the run, or by another one.
    package init(_ entry: FeedEntry, _ done: Journal.CommittedOutcome) {
        self.init(entry: entry, outcome: done.outcome, errors: done.errors, removal: done.removal)
    }
}

/// What a removal took out of the database. The journal keeps it as JSON, so a field may be added, never renamed.
package struct RemovalRecord: Codable, Hashable, Sendable {
    /// What went, in the order and with the names that billing knows.
    package var items: [RemovedItem]
    /// What would have come to allow or reach more than before, and was kept from it.
    package var keptRestricted: [KeptRestriction]
    /// Rows deleted, by table.
    package var rows: [String: Int]
    /// The numbers of the removed instances: `wg7` is 7.
    package var interfaceNumbers: [Int]
    /// The numbers of instances that stay but lost a redirect rule that led to a removed peer.
    package var affectedInterfaceNumbers: [Int]
    /// The public keys of the removed peers; nil in an entry of a version that did not note them.
    package var peerKeys: [String]?
    /// The public keys of the removed instances, as far as their private keys were valid.
    package var interfaceKeys: [String]?
    /// The addresses of the removed instances and the networks that were routed to their peers, `10.0.0.2/32`; nil where
    /// nothing in the database led to an address then.
    package var addresses: [String]?

    enum CodingKeys: String, CodingKey {
        case items, keptRestricted, rows, interfaceNumbers, affectedInterfaceNumbers, peerKeys, interfaceKeys
        case addresses
    }

    package init(
        items: [RemovedItem] = [], rows: [String: Int] = [:], interfaceNumbers: [Int] = [],
        affectedInterfaceNumbers: [Int] = [], peerKeys: [String]? = nil, interfaceKeys: [String]? = nil,
        keptRestricted: [KeptRestriction] = [], addresses: [String]? = nil
    ) {
        self.addresses = addresses
        self.keptRestricted = keptRestricted
        self.peerKeys = peerKeys
        self.interfaceKeys = interfaceKeys
        self.items = items
        self.rows = rows
        self.interfaceNumbers = interfaceNumbers
        self.affectedInterfaceNumbers = affectedInterfaceNumbers
    }
}

/// One element of `removed_items` in the endpoint's response.
package struct RemovedItem: Codable, Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case instance = "wireguard_instance"
        case peerGroup = "peer_group"
        case userACL = "user_acl"
        case user
        case configs = "wireguard_configs"
    }

    package var type: Kind
    /// The instance's or ACL's UUID with hyphens, the group's name, the user's email, or `regenerated`.
    package var identifier: String
    /// For an instance: how many peers went with it.
    package var peersRemoved: Int?

    package enum CodingKeys: String, CodingKey {
        case type, identifier
        case peersRemoved = "peers_removed"
    }

    package init(_ type: Kind, _ identifier: String, peersRemoved: Int? = nil) {
        self.type = type
        self.identifier = identifier
        self.peersRemoved = peersRemoved
    }
}

/// A removal by an earlier run, from the journal.
package struct EarlierRemoval: Hashable, Sendable {
    package var runID: String
    package var removedAt: UTCTime
    /// The public keys of all peers that runs have removed of this account; nil where a version removed some that did not
    /// note them.
    package var peerKeys: [String]?
    /// The numbers of the instances that runs have removed of this account.
    package var interfaceNumbers: [Int]
    /// The addresses that it held, as far as runs have noted them.
    package var addresses: [String]
    /// Whether a run has seen, after the last removal, that none of them was left on an interface.
    package var wasSeenGone: Bool
    /// Whether the last run that saw one of them saw it on an interface.
    package var wasSeenUp: Bool

    package init(
        runID: String, removedAt: UTCTime, peerKeys: [String]? = [], interfaceNumbers: [Int] = [],
        addresses: [String] = [], wasSeenGone: Bool = false, wasSeenUp: Bool = false
    ) {
        self.addresses = addresses
        self.peerKeys = peerKeys
        self.interfaceNumbers = interfaceNumbers
        self.wasSeenGone = wasSeenGone
        self.wasSeenUp = wasSeenUp
        self.runID = runID
        self.removedAt = removedAt
    }
}
