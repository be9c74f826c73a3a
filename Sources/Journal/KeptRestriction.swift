/// Something that would have allowed or reached more than before once an account was removed, because an empty relation
/// means "everything" in the application; and what was done to prevent that.
package struct KeptRestriction: Codable, Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case firewallRule = "firewall_rule"
        case userACL = "user_acl"
        case apiKey = "api_key"
    }

    package var type: Kind
    /// The rule's UUID with hyphens, the email or username of the ACL's user, or the name of the API key.
    package var identifier: String
    /// What would have happened and what was done, for readers.
    package var what: String

    package init(_ type: Kind, _ identifier: String, _ what: String) {
        (self.type, self.identifier, self.what) = (type, identifier, what)
    }

    /// A firewall rule that was deleted with an account.
    package static func rule(_ uuid: String) -> KeptRestriction {
        KeptRestriction(
            .firewallRule, uuid, "lost the last peer of a side, and would have applied to everybody; it was deleted")
    }

    /// All of it in one line.
    package var sentence: String { "\(type.label) \(identifier): \(what)" }
}

extension KeptRestriction.Kind {
    package var label: String {
        switch self {
        case .firewallRule: "firewall rule"
        case .userACL: "ACL of the user"
        case .apiKey: "API key"
        }
    }
}
