/// Recognizes documents that this program writes. They contain accounts, but are not feeds: a report also contains
/// accounts that stay.
enum OwnDocument {
    /// The kind of document that has these columns or keys; nil if it is not one of this program's.
    static func columns(_ names: [String]) -> String? {
        let names = Set(names.map { $0.lowercased() })
        if names.isSuperset(of: ["outcome", "status_code", "feed_status"]) { return "report" }
        if names.contains("expected_outcome") { return "plan" }
        if names.isSuperset(of: ["due", "feed_made_at"]) { return "list of deferred removals" }
        return nil
    }

    /// Whether this key suggests that an entry is one of these documents. Then all keys of the entry have to be
    /// checked.
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

    /// The kind of document that has this key at its top level; nil if it is not one of this program's.
    static func document(withKey name: Span<UInt8>) -> String? {
        if name.spells("report_version") { return "report" }
        if name.spells("plan_version") { return "plan" }
        if name.spells("check_version") { return "check of a configuration" }
        return nil
    }
}
