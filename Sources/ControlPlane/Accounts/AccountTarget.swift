import Support

/// The rows in the database from which an account's removal starts.
package struct AccountTarget: Hashable, Sendable {
    package struct Instance: Hashable, Sendable {
        /// 32 hex digits, as the application stores it.
        package var uuid: String
        /// The instance's interface is `wg<interfaceNumber>`.
        package var interfaceNumber: Int
        package var peers: Int
        package var createdAt: CreationTime
    }

    package struct PeerGroup: Hashable, Sendable {
        package var uuid: String
        package var name: String
    }

    package struct User: Hashable, Sendable {
        package var id: Int64
        package var email: String
        package var privilege: Privilege?
        package var joinedAt: CreationTime
    }

    /// Something that a reader would take for part of the account, but that is spelled differently from the feed.
    package enum NearMatch: Hashable, Sendable, CustomStringConvertible {
        case instance(name: String)
        case user(email: String)
        /// A user without an email. `isExact`: whether the username is exactly the account's email.
        case username(String, isExact: Bool)
        /// A verified address of the user with this email.
        case secondaryAddress(String, of: String)

        package var description: String {
            switch self {
            case .instance(let name): "the instance \(name.quotedForMessage(limit: 254))"
            case .user(let email): "the user \(email.quotedForMessage(limit: 254))"
            case .username(let name, _): "a user without email whose username is \(name.quotedForMessage(limit: 254))"
            case .secondaryAddress(let address, let email):
                "the verified address \(address.quotedForMessage(limit: 254)) of the user "
                    + email.quotedForMessage(limit: 254)
            }
        }

        /// Whether `--match-usernames` would accept it as part of the account.
        package var isByUsername: Bool {
            if case .username(_, isExact: true) = self { true } else { false }
        }
    }

    /// The first few of ``nearMatches``, for a message.
    package var nearMatchesText: String {
        let named = nearMatches.prefix(3).map(\.description).joined(separator: ", ")
        return nearMatches.count > 3 ? "\(named) and \(nearMatches.count - 3) more" : named
    }

    package var instances: [Instance] = []
    package var groups: [PeerGroup] = []
    package var users: [User] = []

    /// Why the account cannot be removed as a whole: one of its rows holds an unreadable value.
    var damage: String?
    /// What the database has under a near spelling of the email, for the half of the account that is missing.
    package var nearMatches: [NearMatch] = []

    package init(
        instances: [Instance] = [], groups: [PeerGroup] = [], users: [User] = [], damage: String? = nil,
        nearMatches: [NearMatch] = []
    ) {
        self.instances = instances
        self.groups = groups
        self.users = users
        self.damage = damage
        self.nearMatches = nearMatches
    }

    package var isEmpty: Bool { damage == nil && instances.isEmpty && groups.isEmpty && users.isEmpty }

    /// Why no feed may remove this account; nil if feeds may.
    package var protection: String? {
        damage ?? users.lazy.compactMap(\.privilege).first?.refusal
    }
}

/// A privilege in the application that protects a user from every feed.
package enum Privilege: Hashable, Sendable {
    case superuser
    case staff
    /// An ACL level of 50 or more, the application's level for administrators.
    case administrator(level: Int64)
    /// An ACL level that is not a number. It may be an administrator's.
    case unreadableLevel

    static let administratorLevel: Int64 = 50

    /// Reads `is_superuser`, `is_staff` and the highest ACL level (NULL without an ACL) from three columns of a row.
    package init?(_ row: HeldRow, from index: Int32) {
        let level = row.number(index + 2)
        if row.protects(index) {
            self = .superuser
        } else if row.protects(index + 1) {
            self = .staff
        } else if level == nil && !row.isNull(index + 2) {
            self = .unreadableLevel
        } else if let level, level >= Self.administratorLevel {
            self = .administrator(level: level)
        } else {
            return nil
        }
    }

    package var refusal: String {
        switch self {
        case .superuser: "the user is a superuser; feeds never remove superusers"
        case .staff: "the user is staff; feeds never remove staff"
        case .unreadableLevel: "the user has an ACL level that is not a number, and might be an administrator"
        case .administrator(let level): "the user has ACL level \(level); feeds never remove a level of 50 or more"
        }
    }
}
