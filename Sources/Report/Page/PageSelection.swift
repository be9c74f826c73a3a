import Journal

/// Which accounts the page lists, and which of them it names at its top. Uses little memory, however long the feed is.
struct PageSelection {
    /// Accounts that need attention for the same reason.
    struct Group {
        var count = 0
        /// The first of them, in feed order.
        var first: [AccountResult] = []
    }

    /// How many accounts of a group the top of the page names. All of them are in the list below.
    static let named = 50

    /// How many need no attention, and changed or left something behind.
    private(set) var changed = 0
    /// How many of the others there are, by outcome.
    private(set) var unlisted: [Outcome: Int] = [:]
    private var groups: [AccountConcern: Group] = [:]
    /// Whether unprocessed entries are listed. If a guard stopped the run, they are only counted, because each would
    /// repeat the reason at the top of the page.
    let listsUnprocessed: Bool

    /// Reads the results once.
    init(_ results: some Sequence<AccountResult>, listsUnprocessed: Bool = true) {
        self.listsUnprocessed = listsUnprocessed
        for result in results { add(result) }
    }

    func lists(_ result: AccountResult) -> Bool { listsUnprocessed || result.outcome != .unprocessed }

    /// Whether to list an account that needs no attention.
    static func isWorthListing(_ result: AccountResult) -> Bool {
        result.outcome.changes || result.wouldBe != nil || result.isRestored != nil
            || result.leftBehind?.isEmpty == false
    }

    /// Whether the page neither lists nor names it.
    func leavesOut(_ result: AccountResult) -> Bool {
        !(result.needsAttention && lists(result)) && !Self.isWorthListing(result)
    }

    /// How many the page does not list.
    var leftOut: Int { unlisted.values.reduce(0, +) }

    subscript(concern: AccountConcern) -> Group { groups[concern] ?? Group() }

    var needingAttention: Int { groups.values.reduce(0) { $0 + $1.count } }

    mutating func add(_ result: AccountResult) {
        if let concern = AccountConcern(result), lists(result) {
            groups[concern, default: Group()].count += 1
            if self[concern].count <= Self.named { groups[concern]?.first.append(result) }
        } else if Self.isWorthListing(result) {
            changed += 1
        } else {
            unlisted[result.outcome, default: 0] += 1
        }
    }
}
