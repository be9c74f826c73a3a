/// What a sample holds, known from making it, so that a test need not trust the code that it tests.
public struct SampleInventory: Sendable {
    /// In the order in which they were made.
    public internal(set) var accounts: [SampleAccount] = []
    /// A superuser with an ACL of level 50 and no instance.
    public internal(set) var administratorEmail = ""
    /// A user with `is_staff` alone, and with an ACL of level 20.
    public internal(set) var staffEmail = ""
    /// The keys of the login sessions of each user, the administrator and deleted users among them.
    public internal(set) var sessionKeysByUser: [Int64: [String]] = [:]
    /// Sessions in all, with the anonymous ones.
    public internal(set) var sessionCount = 0
    public internal(set) var firewallRuleCount = 0

    public init() {}
}

/// One customer account of a sample.
public struct SampleAccount: Sendable, Hashable {
    public internal(set) var email: String
    /// Empty where the account lacks one; two where two carry its name.
    public internal(set) var instances: [SampleInstance] = []
    /// Empty where the account lacks one; two where two carry its email.
    public internal(set) var userIDs: [Int64] = []
    /// The UUID of the peer group `<email>_group`, as 32 hexadecimal digits.
    public internal(set) var groupUUID: String?
    public internal(set) var hasACL = false

    init(email: String) {
        self.email = email
    }

    /// Instance, user and group are all there.
    public var isComplete: Bool { !instances.isEmpty && !userIDs.isEmpty && groupUUID != nil }
}

/// One WireGuard instance of a sample.
public struct SampleInstance: Sendable, Hashable {
    /// 32 hexadecimal digits.
    public internal(set) var uuid: String
    /// `instance_id`: the `7` of `wg7.conf`.
    public internal(set) var number: Int
    /// The UUIDs of its peers.
    public internal(set) var peerUUIDs: [String]
    public internal(set) var hasLegacyFirewall: Bool
}
