import Feed
import Journal
import Support

/// A relation that an account's removal leaves empty, so that it would allow or reach more than before.
struct EmptiedRelation: Hashable {
    enum Kind: Hashable {
        /// A firewall rule by its UUID, which is deleted.
        case rule(String)
        /// A firewall rule by its UUID, which stays and blocks everybody.
        case blockingRule(String)
        /// An ACL by its UUID, and the name of its user.
        case acl(String, person: String)
        case apiKey(Int64, name: String, isEnabled: Bool)
    }

    /// The index of the account among those that are removed together.
    var account: Int
    var kind: Kind
}

extension KeptRestriction {
    /// Whether it was done, or is only planned.
    enum Tense { case done, planned }

    init(_ relation: EmptiedRelation, _ tense: Tense) {
        let isDone = tense == .done
        switch relation.kind {
        case .rule(let uuid):
            self =
                isDone
                ? .rule(uuid.hyphenatedUUID)
                : KeptRestriction(
                    .firewallRule, uuid.hyphenatedUUID,
                    "would lose the last peer of a side, and apply to everybody; it is deleted")
        case .blockingRule(let uuid):
            self.init(
                .firewallRule, uuid.hyphenatedUUID,
                isDone
                    ? "lost the last peer of a negated side, and blocks everybody now; it was left so, because others "
                        + "could reach more without it"
                    : "would lose the last peer of a negated side, and block everybody; it is left so, because others "
                        + "could reach more without it")
        case .acl(_, let person):
            self.init(
                .userACL, person,
                isDone
                    ? "lost its last peer group, and without any would see every instance; it was given the empty group "
                        + "\"\(EmptyPeerGroup.name)\""
                    : "would lose its last peer group, and without any see every instance; it is given the empty group "
                        + "\"\(EmptyPeerGroup.name)\"")
        case .apiKey(_, let name, let isEnabled):
            self.init(
                .apiKey, name,
                (isDone
                    ? "lost its last instance, and without any could use every instance; "
                    : "would lose its last instance, and without any could use every instance; ")
                    + (isEnabled ? (isDone ? "it was disabled" : "it is disabled then") : "it is disabled already"))
        }
    }
}
