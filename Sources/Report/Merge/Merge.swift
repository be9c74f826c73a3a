import Journal
import Support
import WireGuard

/// One report made of those that several hosts have made of the same feed.
package struct Merge: Sendable {
    /// What the operator decides.
    package struct Options: Sendable {
        package var reports: [ReportArgument]
        /// The names of the hosts that should have reported; empty for those that have.
        package var expected: [String] = []
        /// The feed that the reports are to be of; nil for the one that they are of.
        package var feedPath: String?
        /// Where the merged report gets its folder; nil for none.
        package var reportDirectory: String?
        package var programVersion: String

        package init(reports: [ReportArgument], programVersion: String) {
            self.reports = reports
            self.programVersion = programVersion
        }
    }

    let options: Options
    let surroundings: Surroundings

    package init(_ options: Options, _ surroundings: Surroundings) {
        self.options = options
        self.surroundings = surroundings
    }

    /// Merges the reports, and writes the folder where one is asked for. A report with a flaw is found before anything is
    /// written.
    ///
    /// - Parameter takeJSON: takes the text of `report.json` in portions, where it is wanted elsewhere than in the folder.
    /// - Throws: an ``ExplainedError``.
    package func perform(takeJSON: (([UInt8]) throws -> Void)? = nil) throws -> FinishedMerge {
        let fleet = try Fleet(opening: options.reports, expected: options.expected, feedPath: options.feedPath)
        let totals = try Totals(of: fleet)
        let run = makeRun(fleet, totals)
        let document = MergedDocument(run: run, summary: totals.summary)
        let path = try options.reportDirectory.map { directory in
            try writeFolder(in: directory, document, fleet)
        }
        if let takeJSON {
            func take(_ bytes: inout [UInt8]) throws {
                try takeJSON(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
            try document.write(fleet) { bytes, _ in
                if bytes.count >= 65_536 { try take(&bytes) }
            } end: {
                try take(&$0)
            }
        }
        return FinishedMerge(
            run: run, summary: totals.summary, attention: totals.attention, reportPath: path,
            exitStatus: run.exitStatus(totals.summary))
    }

    private func makeRun(_ fleet: Fleet, _ totals: Totals) -> MergedRun {
        let now = surroundings.now()
        let hosts = zip(fleet.hosts, totals.needingAPerson).map { host, count in
            MergedRun.Host(name: host.name, run: host.report?.run, absence: host.absence, needingAPerson: count)
        }
        return MergedRun(
            id: RunID(time: now, randomness: surroundings.randomNumber()), programVersion: options.programVersion,
            mergedAt: now, hosts: hosts, feed: fleet.feed)
    }

    private func writeFolder(in directory: String, _ document: MergedDocument, _ fleet: Fleet) throws -> String {
        let folder = try ReportFolder.prepare(
            in: directory, runID: document.run.id, entries: fleet.feed.entries * fleet.hosts.count, hasPage: false)
        try folder.publish { documentFile, tableFile in
            var rows = AccountsTable.header
            try document.write(fleet) { bytes, account in
                try documentFile.takeIfMany(&bytes)
                AccountsTable.appendRow(of: account, to: &rows)
                try tableFile.takeIfMany(&rows)
            } end: {
                try documentFile.takeAll(&$0)
            }
            try tableFile.takeAll(&rows)
        }
        return folder.path
    }
}

/// What is counted before anything is written: the report begins with its totals.
private struct Totals {
    /// As many entries that need a person as a summary lists.
    private static let listed = 20

    var summary = ReportSummary([])
    var attention: [AccountResult] = []
    /// For each host of the fleet, how many entries of its own report need a person.
    var needingAPerson: [Int]

    init(of fleet: Fleet) throws {
        var totals = (summary: ReportSummary([]), attention: [AccountResult]())
        var counts = [Int](repeating: 0, count: fleet.hosts.count)
        try fleet.forEachAccount { account in
            totals.summary.add(account.result)
            if account.result.needsAPerson && totals.attention.count < Self.listed {
                totals.attention.append(account.result)
            }
            for (place, part) in zip(account.places, account.parts) where part?.needsAPerson == true {
                counts[place] += 1
            }
        }
        (summary, attention, needingAPerson) = (totals.summary, totals.attention, counts)
    }
}

/// What a merge has to say once its report is in place.
package struct FinishedMerge: Sendable {
    package var run: MergedRun
    package var summary: ReportSummary
    /// The first entries that need a person.
    package var attention: [AccountResult]
    /// The folder of the merged report; nil where none was asked for.
    package var reportPath: String?
    package var exitStatus: ExitStatus
}
