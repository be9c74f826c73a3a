/// Something that an account's removal would have let allow or reach more than before, since an empty relation means
/// "everything" in the application, and what was done so that it does not.
package struct KeptRestriction: Codable, Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case firewallRule = "firewall_rule"
        case userACL = "user_acl"
        case apiKey = "api_key"
    }

    package var type: Kind
    /// The rule's UUID with hyphens, the email or username of the ACL's user, the name of the API key.
    package var identifier: String
    /// What would have been, and what was done, for a person.
    package var what: String

    package init(_ type: Kind, _ identifier: String, _ what: String) {
        (self.type, self.identifier, self.what) = (type, identifier, what)
    }

    /// A firewall rule that went with an account.
    package static func rule(_ uuid: String) -> KeptRestriction {
        KeptRestriction(
            .firewallRule, uuid, "lost the last peer of a side, and would have applied to everybody; it went along")
    }

    /// All of it in a line.
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
