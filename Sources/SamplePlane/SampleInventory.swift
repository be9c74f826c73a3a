/// What a sample contains. It is recorded while the sample is made, so that tests do not rely on the code they test.
package struct SampleInventory: Sendable {
    /// In the order in which they were made.
    package internal(set) var accounts: [SampleAccount] = []
    /// A superuser with an ACL of level 50 and no instance.
    package internal(set) var administratorEmail = ""
    /// A user with only `is_staff`, and with an ACL of level 20.
    package internal(set) var staffEmail = ""
    /// The keys of the login sessions of each user, including the administrator and deleted users.
    package internal(set) var sessionKeysByUser: [Int64: [String]] = [:]
    /// The number of all sessions, including anonymous ones.
    package internal(set) var sessionCount = 0
    package internal(set) var firewallRuleCount = 0

    package init() {}
}

/// One customer account of a sample.
package struct SampleAccount: Sendable, Hashable {
    package internal(set) var email: String
    /// Empty where the account has none; two where two instances have its name.
    package internal(set) var instances: [SampleInstance] = []
    /// Empty where the account has none; two where two users have its email.
    package internal(set) var userIDs: [Int64] = []
    /// The UUID of the peer group `<email>_group`, as 32 hexadecimal digits.
    package internal(set) var groupUUID: String?
    package internal(set) var hasACL = false

    init(email: String) {
        self.email = email
    }

    /// Whether instance, user and group all exist.
    package var isComplete: Bool { !instances.isEmpty && !userIDs.isEmpty && groupUUID != nil }
}

/// One WireGuard instance of a sample.
package struct SampleInstance: Sendable, Hashable {
    /// 32 hexadecimal digits.
    package internal(set) var uuid: String
    /// `instance_id`: the `7` of `wg7.conf`.
    package internal(set) var number: Int
    /// The UUIDs of its peers.
    package internal(set) var peerUUIDs: [String]
    package internal(set) var hasLegacyFirewall: Bool
}
