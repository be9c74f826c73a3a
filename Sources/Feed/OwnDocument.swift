/// Documents that this program writes. They name accounts, and are no feeds: a report names the accounts that stay, too.
enum OwnDocument {
    /// What a table or an entry with these columns or keys is.
    static func columns(_ names: [String]) -> String? {
        let names = Set(names.map { $0.lowercased() })
        if names.isSuperset(of: ["outcome", "status_code", "feed_status"]) { return "report" }
        if names.contains("expected_outcome") { return "plan" }
        if names.isSuperset(of: ["due", "feed_made_at"]) { return "list of removals that are put off" }
        return nil
    }

    /// Whether a key of an entry may be one of these, so that all of its keys have to be looked at.
    static func mayBeKey(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 11: name.spells("feed_status")
        case 12: name.spells("feed_made_at")
        case 13: name.spells("check_version")
        case 14: name.spells("report_version")
        case 16: name.spells("expected_outcome")
        default: name.spells("plan_version")
        }
    }

    /// What a document with this key at its top is.
    static func document(withKey name: Span<UInt8>) -> String? {
        if name.spells("report_version") { return "report" }
        if name.spells("plan_version") { return "plan" }
        if name.spells("check_version") { return "check of a configuration" }
        return nil
    }
}
