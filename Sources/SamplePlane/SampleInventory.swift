/// What a sample holds, known from making it, so that a test need not trust the code that it tests.
package struct SampleInventory: Sendable {
    /// In the order in which they were made.
    package internal(set) var accounts: [SampleAccount] = []
    /// A superuser with an ACL of level 50 and no instance.
    package internal(set) var administratorEmail = ""
    /// A user with `is_staff` alone, and with an ACL of level 20.
    package internal(set) var staffEmail = ""
    /// The keys of the login sessions of each user, the administrator and deleted users among them.
    package internal(set) var sessionKeysByUser: [Int64: [String]] = [:]
    /// Sessions in all, with the anonymous ones.
    package internal(set) var sessionCount = 0
    package internal(set) var firewallRuleCount = 0

    package init() {}
}

/// One customer account of a sample.
package struct SampleAccount: Sendable, Hashable {
    package internal(set) var email: String
    /// Empty where the account lacks one; two where two carry its name.
    package internal(set) var instances: [SampleInstance] = []
    /// Empty where the account lacks one; two where two carry its email.
    package internal(set) var userIDs: [Int64] = []
    /// The UUID of the peer group `<email>_group`, as 32 hexadecimal digits.
    package internal(set) var groupUUID: String?
    package internal(set) var hasACL = false

    init(email: String) {
        self.email = email
    }

    /// Instance, user and group are all there.
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
