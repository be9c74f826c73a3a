/// Documents that this program writes. They name accounts, and are no feeds: a report names the accounts that stay, too.
enum OwnDocument {
    /// What the columns of a table of ours are called together.
    static func columns(_ names: [String]) -> String? {
        let names = Set(names.map { $0.lowercased() })
        return names.isSuperset(of: ["outcome", "status_code", "feed_status"]) ? "accounts.csv" : nil
    }

    /// What a document with this key at its top is.
    static func document(withKey name: Span<UInt8>) -> String? {
        if name.spells("report_version") { return "report.json" }
        if name.spells("plan_version") { return "plan" }
        if name.spells("check_version") { return "check" }
        return nil
    }
}
