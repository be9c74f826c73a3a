import Support

/// A feed as billing might write it for a sample: accounts that ended, accounts that did not, and typical mistakes.
struct SampleFeed {
    /// One entry; nil stands for an empty field.
    struct Entry: Encodable {
        var accountID: String
        var email: String
        var status: String
        var effectiveAt: String?
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case accountID = "account_id"
            case email, status
            case effectiveAt = "effective_at"
            case reason
        }
    }

    private(set) var entries: [Entry] = []
    let generatedAt: String
    private let now: UTCTime

    /// At most one account in ten is to be removed, so that no sensible limit on removals stops the run. One in eight
    /// is named as staying.
    init(for inventory: SampleInventory, now: UTCTime) {
        // Billing gives times to the second.
        self.now = UTCTime(seconds: now.seconds)
        generatedAt = self.now.rfc3339
        let (ended, staying) = Self.choose(from: inventory.accounts)
        addEnded(ended)
        addStaying(staying)
        addMistakes(inventory, ended: ended.first, staying: staying.first)
    }

    private mutating func add(_ email: String, _ status: String, effectiveAt: String? = nil, reason: String? = nil) {
        let digits = String(entries.count + 1)
        let padding = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
        entries.append(
            Entry(
                accountID: "acct-\(padding)\(digits)", email: email, status: status, effectiveAt: effectiveAt,
                reason: reason))
    }

    /// A third of the ended accounts are incomplete, so that a sample of some size shows what happens to them.
    private static func choose(from accounts: [SampleAccount]) -> (ended: [SampleAccount], staying: [SampleAccount]) {
        let removals = max(1, accounts.count / 10)
        let lacking = accounts.filter { !$0.isComplete }.prefix(removals / 3)
        let whole = accounts.filter { account in account.isComplete && !account.instances[0].peerUUIDs.isEmpty }
        let ended = Array(whole.prefix(removals - lacking.count)) + lacking
        let staying = whole.dropFirst(removals - lacking.count).prefix(max(1, accounts.count / 8))
        return (ended, Array(staying))
    }

    private mutating func addEnded(_ accounts: [SampleAccount]) {
        let statuses = ["cancelled", "suspended", "payment_failed", "deletion_requested"]
        let reasons = ["customer left", nil, "card declined, 3 attempts", "asked for \"everything\" to be deleted"]
        for (index, account) in accounts.enumerated() {
            let ended = now.adding(seconds: -Int64(index + 1) * 3_600)
            add(
                account.email, statuses[index % statuses.count],
                effectiveAt: index % 3 == 2 ? ended.date : ended.rfc3339,
                reason: reasons[index % reasons.count])
        }
    }

    private mutating func addStaying(_ accounts: [SampleAccount]) {
        for (index, account) in accounts.enumerated() {
            add(account.email, index % 4 == 3 ? "trialing" : "active")
        }
    }

    private mutating func addMistakes(_ inventory: SampleInventory, ended: SampleAccount?, staying: SampleAccount?) {
        let yesterday = now.adding(seconds: -86_400).rfc3339
        add("nobody@example.org", "cancelled", effectiveAt: yesterday, reason: "never was a customer here")
        add("customer-without-at.example.com", "cancelled", reason: "no address")
        add(inventory.administratorEmail, "cancelled", reason: "the administrator")
        if let ended {
            add(ended.email, "cancelled", effectiveAt: yesterday, reason: "the same account once more")
        }
        if let staying {
            // Strictly, this is another mailbox. A typing error is more likely, so it must not be removed.
            add("C" + staying.email.dropFirst(), "cancelled", reason: "spelled otherwise")
            let inAMonth = now.adding(seconds: 30 * 86_400).date
            let other = inventory.accounts.last { $0.isComplete && $0.email != staying.email }
            add((other ?? staying).email, "cancelled", effectiveAt: inAMonth, reason: "end of the term")
        }
    }
}
