import ControlPlane
import Feed
import Support

/// The result of one entry of the feed, as it appears in the report.
package struct AccountResult: Sendable {
    /// The entry as it was in the feed.
    package var entry: FeedEntry
    package var outcome: Outcome
    /// Reasons for the outcome, as sentences for readers; empty if there is nothing to report.
    package var errors: [String]
    /// What was removed. Set for every account that was processed, also if it was found absent.
    package var removal: RemovalRecord?
    /// For an account that was already absent: the earlier run's removal of it.
    package var earlierRemoval: EarlierRemoval?
    /// Whether none of the account's removed public keys is left on any interface. nil if that could not be checked, or
    /// if the entry removes nothing. True for an account without keys and for one that never existed here.
    package var tunnelDown: Bool?
    /// The run was supposed to check the interfaces but could not, and no run has seen the account's removed keys gone.
    /// The customer may still be connected.
    package var isTunnelUnseen = false
    /// The interfaces of peers whose keys were not recorded, where these are what could not be seen.
    package var interfacesWithoutKeys: [Int] = []
    /// What is left of the account, because the removal does not delete it. nil if the run did not look or did not
    /// process the account.
    package var leftBehind: [LeftBehind]?
    /// Whether the run brought the account back, because the feed says that it is active; nil where it was not to.
    package var isRestored: Bool?
    /// Until when `restore` can bring the account back; nil where it cannot.
    package var restorableUntil: UTCTime?
    /// When the first run began since which this account has needed attention without a break. nil if it needs none, or
    /// if that is not known.
    package var firstSeen: UTCTime?
    /// Whether that is this run: no earlier run has reported it.
    package var isFirstSeenNow = false

    /// In a rehearsal: the outcome that a run would come to, for an account that it would remove. The outcome is
    /// ``Outcome/unprocessed``, because nothing was removed.
    package var wouldBe: Outcome?

    /// Whether this entry needs attention.
    package var needsAttention: Bool {
        (wouldBe ?? outcome).needsAttention || tunnelDown == false || isTunnelUnseen || isRestored == false
    }

    /// Everything that readers are told about this entry. An unseen tunnel is not an error of the removal, so
    /// ``errors`` does not contain it, but it is reported here.
    package var sentences: [String] {
        errors + (isTunnelUnseen ? ["it could not be seen whether the tunnel is down\(reasonUnseen)"] : [])
    }

    private var reasonUnseen: String {
        if interfacesWithoutKeys.isEmpty { return "" }
        let names = interfacesWithoutKeys.map(InterfaceName.of)
        return ", because an earlier version removed it without recording its keys: a run sees that it is down once "
            + "\(names.firstFew()) \(names.count == 1 ? "is" : "are") gone, or up with only the peers of the database"
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
    /// Whether the removal changes the configs or the firewall script.
    var changesExport: Bool {
        !interfaceNumbers.isEmpty || !affectedInterfaceNumbers.isEmpty
            || rows.keys.contains { $0.hasPrefix("firewall_") }
    }
}

extension AccountResult {
    /// The result that an earlier part of this run, or another run, committed for an entry.
    package init(_ entry: FeedEntry, _ done: Journal.CommittedOutcome) {
        self.init(entry: entry, outcome: done.outcome, errors: done.errors, removal: done.removal)
    }
}

/// What a removal deleted from the database. The journal keeps it as JSON, so fields may be added but never renamed.
package struct RemovalRecord: Codable, Hashable, Sendable {
    /// The deleted items, in the order and with the names that billing knows.
    package var items: [RemovedItem]
    /// What would have allowed or reached more than before, and what was done to prevent it.
    package var keptRestricted: [KeptRestriction]
    /// The number of deleted rows, by table.
    package var rows: [String: Int]
    /// The numbers of the removed instances: `wg7` is 7.
    package var interfaceNumbers: [Int]
    /// The numbers of instances that stay but lost a redirect rule to a removed peer.
    package var affectedInterfaceNumbers: [Int]
    /// The public keys of the removed peers; nil in an entry of an earlier version, which did not record them.
    package var peerKeys: [String]?
    /// The public keys of the removed instances. An instance with an invalid private key has none.
    package var interfaceKeys: [String]?
    /// The addresses of the removed instances and the networks routed to their peers, such as `10.0.0.2/32`; nil if
    /// nothing in the database was matched by address at the time.
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
    /// For an instance: the number of peers removed with it.
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
    /// The public keys of all peers that runs have removed from this account; nil if an earlier version, which did not
    /// record keys, removed any.
    package var peerKeys: [String]?
    /// The numbers of the instances that runs have removed from this account.
    package var interfaceNumbers: [Int]
    /// Those of them whose peers' keys were not recorded.
    package var interfacesWithoutKeys: [Int]
    /// The addresses that the account held, as far as runs have recorded them.
    package var addresses: [String]
    /// Whether a run has seen, after the last removal, that none of the keys was left on an interface.
    package var wasSeenGone: Bool
    /// Whether the last run that saw any of the keys saw it on an interface.
    package var wasSeenUp: Bool

    package init(
        runID: String, removedAt: UTCTime, peerKeys: [String]? = [], interfaceNumbers: [Int] = [],
        interfacesWithoutKeys: [Int] = [], addresses: [String] = [], wasSeenGone: Bool = false, wasSeenUp: Bool = false
    ) {
        self.addresses = addresses
        self.peerKeys = peerKeys
        self.interfaceNumbers = interfaceNumbers
        self.interfacesWithoutKeys = interfacesWithoutKeys
        self.wasSeenGone = wasSeenGone
        self.wasSeenUp = wasSeenUp
        self.runID = runID
        self.removedAt = removedAt
    }
}
