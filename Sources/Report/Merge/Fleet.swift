import Feed
import Journal

/// The hosts of a merged report: those that have reported, and those that should have.
struct Fleet {
    /// One host.
    struct Host {
        var name: String
        /// nil for a host that did not report.
        var report: HostReport?
        /// Why it counts as not reported; nil for a host that did report.
        var absence: String?
    }

    /// Sorted by name, so that the order of the arguments makes no difference.
    var hosts: [Host]
    /// The feed, as the first report describes it.
    let feed: ReportedFeed

    /// The names of the hosts that did not report.
    var missing: [String] { hosts.filter { $0.report == nil }.map(\.name) }

    /// Opens the reports and checks that they belong together.
    ///
    /// - The same report twice is accepted. Of two reports of one run the later one counts: the report of a continued
    ///   run includes everything from the part before.
    /// - Two runs of one host are refused. The second found absent what the first removed, and only the operator knows
    ///   which one is meant.
    /// - One run under two names is refused: one of the two hosts has not reported.
    ///
    /// - Parameters:
    ///   - expected: The names of the hosts that should report; empty for those that have.
    ///   - feed: If given, a report of another feed is ignored, and its host counts as not reported.
    /// - Throws: ``ReportUnreadable``, ``ReportRefusal``, ``ReportsDisagree``, ``FeedUnreadable``.
    init(opening arguments: [ReportArgument], expected: [String], feedPath: String?) throws {
        guard !arguments.isEmpty else { throw ReportsDisagree.nothingToMerge }
        let digest = try feedPath.map { try FeedSource(reading: $0).digest }
        var reports: [String: HostReport] = [:]
        var stale: [String: HostReport] = [:]
        for argument in arguments {
            let report = try HostReport(argument)
            guard expected.isEmpty || expected.contains(report.name) else {
                throw ReportsDisagree.unexpected(report, expected: expected)
            }
            if let digest, report.run.feed.sha256 != digest {
                stale[report.name] = report
            } else {
                reports[report.name] = try reports[report.name].map { try Self.later($0, report) } ?? report
            }
        }
        let chosen = reports.values.sorted { $0.name < $1.name }
        guard let first = chosen.first else { throw ReportsDisagree.noneOfThisFeed(feedPath ?? "") }
        try Self.requireOneFeed(chosen, first)
        try Self.requireDifferentRuns(chosen)
        feed = first.run.feed
        hosts = Set(expected).union(reports.keys).union(stale.keys).sorted().map { name in
            if let report = reports[name] { return Host(name: name, report: report) }
            let run = stale[name].map { "; its last run, \($0.run.id), was of another feed" }
            return Host(name: name, absence: "did not report" + (run ?? ""))
        }
    }

    private static func later(_ a: HostReport, _ b: HostReport) throws -> HostReport {
        guard a.run.id == b.run.id else { throw ReportsDisagree.sameHost(a, b) }
        if a.run.finishedAt != b.run.finishedAt { return a.run.finishedAt > b.run.finishedAt ? a : b }
        guard try a.digest() == b.digest() else { throw ReportsDisagree.sameRunDiffers(a, b) }
        return a
    }

    private static func requireOneFeed(_ reports: [HostReport], _ first: HostReport) throws {
        for report in reports where report.run.feed.sha256 != first.run.feed.sha256 {
            throw ReportRefusal(report.path, .otherFeed(report.run, than: first))
        }
        for report in reports where report.run.feed.entries != first.run.feed.entries {
            let shorter = min(report.run.feed.entries, first.run.feed.entries)
            throw ReportRefusal(report.path, .otherEntry(shorter + 1, than: first))
        }
    }

    private static func requireDifferentRuns(_ reports: [HostReport]) throws {
        var seen: [String: HostReport] = [:]
        for report in reports {
            if let other = seen.updateValue(report, forKey: report.run.id) {
                throw ReportsDisagree.sameRun(other, report)
            }
        }
    }

    // MARK: Accounts

    /// Walks through all reports in parallel, in feed order, and then through the hosts' deferred removals.
    ///
    /// - Throws: ``ReportUnreadable``, ``ReportRefusal``, and what `body` throws.
    func forEachAccount(_ body: (MergedAccount) throws -> Void) throws {
        var walk = try walk()
        while let account = try walk.next() { try body(account) }
    }

    /// The same, account by account. There can be one walk at a time.
    func walk() throws -> Walk {
        for host in hosts { try host.report?.rewind() }
        return Walk(fleet: self, left: feed.entries)
    }

    struct Walk {
        fileprivate let fleet: Fleet
        /// How many entries of the feed are left.
        fileprivate var left: Int
        /// The deferred removals that are left; nil before them.
        private var deferred: ArraySlice<MergedAccount>?

        fileprivate init(fleet: Fleet, left: Int) { (self.fleet, self.left) = (fleet, left) }

        mutating func next() throws -> MergedAccount? {
            if left > 0, let account = try fleet.nextAccount() {
                left -= 1
                return account
            }
            left = 0
            if deferred == nil { deferred = try fleet.deferredAccounts()[...] }
            return deferred?.popFirst()
        }
    }

    fileprivate func nextAccount() throws -> MergedAccount? {
        var known: [(line: [UInt8], account: AccountResult)] = []
        var first: (report: HostReport, account: AccountResult?)?
        var results: [AccountResult?] = []
        for host in hosts {
            guard let report = host.report else {
                results.append(nil)
                continue
            }
            let account = try report.nextAccount(known: &known)
            // Each report has as many accounts as it states, and all state the same number, so that all end together.
            if let first, let account, let other = first.account, account.entry != other.entry {
                throw ReportRefusal(report.path, .otherEntry(account.entry.number, than: first.report))
            }
            if first == nil { first = (report, account) }
            results.append(account)
        }
        guard let entry = first?.account?.entry else { return nil }
        return MergedAccount(entry, results, of: self, places: Array(hosts.indices))
    }

    /// The hosts' deferred removals, account by account. Each host keeps its own, so an account may be on only some
    /// hosts.
    fileprivate func deferredAccounts() throws -> [MergedAccount] {
        var order: [Mailbox] = []
        var parts: [Mailbox: [(place: Int, account: AccountResult)]] = [:]
        for (place, host) in hosts.enumerated() {
            guard let report = host.report else { continue }
            var known: [(line: [UInt8], account: AccountResult)] = []
            while let account = try report.nextAccount(known: &known) {
                known.removeAll()
                guard let mailbox = Mailbox(account.entry.email) else { continue }
                if parts[mailbox] == nil { order.append(mailbox) }
                parts[mailbox, default: []].append((place, account))
            }
        }
        return order.enumerated().compactMap { index, mailbox in
            guard let parts = parts[mailbox], var entry = parts.first?.account.entry else { return nil }
            entry.number = feed.entries + index + 1
            return MergedAccount(entry, parts.map(\.account), of: self, places: parts.map(\.place))
        }
    }
}
