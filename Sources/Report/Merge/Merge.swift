import Journal
import Support
import WireGuard

/// Merges the reports that several hosts have made of the same feed into one.
package struct Merge: Sendable {
    /// What the operator decides.
    package struct Options: Sendable {
        package var reports: [ReportArgument]
        /// The names of the hosts that should have reported; empty for those that have.
        package var expected: [String] = []
        /// The feed that all reports should be of; nil for the feed that they name.
        package var feedPath: String?
        /// The directory for the merged report's folder; nil to write no folder.
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

    /// Merges the reports, and writes the folder if one is asked for. All reports are checked before anything is
    /// written.
    ///
    /// - Parameter takeJSON: Receives the text of `report.json` in portions, where it is also wanted outside the
    ///   folder.
    /// - Throws: an ``ExplainedError``.
    package func perform(takeJSON: (([UInt8]) throws -> Void)? = nil) throws -> FinishedMerge {
        let fleet = try Fleet(opening: options.reports, expected: options.expected, feedPath: options.feedPath)
        let totals = try Totals(of: fleet)
        let run = makeRun(fleet, totals)
        let document = MergedDocument(run: run, summary: totals.summary)
        let folder = try options.reportDirectory.map { directory in
            try writeFolder(in: directory, document, fleet, totals.selection)
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
        let status = run.exitStatus(totals.summary)
        let exitStatus = status == .success && folder?.indexFailure != nil ? .attentionNeeded : status
        return FinishedMerge(
            run: run, summary: totals.summary, attention: totals.attention, reportPath: folder?.path,
            indexFailure: folder?.indexFailure, exitStatus: exitStatus)
    }

    private func makeRun(_ fleet: Fleet, _ totals: Totals) -> MergedRun {
        let now = surroundings.now()
        let hosts = zip(fleet.hosts, totals.needingAttention).map { host, count in
            MergedRun.Host(name: host.name, run: host.report?.run, absence: host.absence, needingAttention: count)
        }
        return MergedRun(
            id: RunID(time: now, randomness: surroundings.randomNumber()), programVersion: options.programVersion,
            mergedAt: now, hosts: hosts, feed: fleet.feed)
    }

    private func writeFolder(
        in directory: String, _ document: MergedDocument, _ fleet: Fleet, _ selection: PageSelection
    ) throws -> (path: String, indexFailure: ReportFailure?) {
        let folder = try ReportFolder.prepare(
            in: directory, runID: document.run.id, entries: fleet.feed.entries * fleet.hosts.count)
        try folder.publish { documentFile, tableFile, pageFile in
            var rows = AccountsTable.header
            try document.write(fleet) { bytes, account in
                try documentFile.takeIfMany(&bytes)
                AccountsTable.appendRow(of: account, to: &rows)
                try tableFile.takeIfMany(&rows)
            } end: {
                try documentFile.takeAll(&$0)
            }
            try tableFile.takeAll(&rows)
            let results = FleetResults(fleet: fleet)
            try MergedPage(run: document.run, summary: document.summary, selection: selection)
                .write(results, to: &pageFile)
            if let error = results.failure.error { throw error }
        }
        do {
            try folder.writeIndex()
            return (folder.path, nil)
        } catch {
            return (folder.path, error)
        }
    }
}

/// Totals that are counted before anything is written, because the report begins with them.
private struct Totals {
    /// How many entries that need attention a summary lists.
    private static let listed = 20

    var summary = ReportSummary([])
    var attention: [AccountResult] = []
    /// For each host of the fleet, how many entries of its own report need attention.
    var needingAttention: [Int]
    /// What the page lists.
    var selection: PageSelection

    init(of fleet: Fleet) throws {
        var totals = (summary: ReportSummary([]), attention: [AccountResult]())
        // Unprocessed as a whole, an account may have lost something on some host, so all of them are listed.
        var selection = PageSelection(EmptyCollection())
        var counts = [Int](repeating: 0, count: fleet.hosts.count)
        try fleet.forEachAccount { account in
            totals.summary.add(account.result)
            selection.add(account.result)
            if account.result.needsAttention && totals.attention.count < Self.listed {
                totals.attention.append(account.result)
            }
            for (place, part) in zip(account.places, account.parts) where part?.needsAttention == true {
                counts[place] += 1
            }
        }
        (summary, attention, needingAttention) = (totals.summary, totals.attention, counts)
        self.selection = selection
    }
}

/// The result of a merge once its report is in place.
package struct FinishedMerge: Sendable {
    package var run: MergedRun
    package var summary: ReportSummary
    /// The first entries that need attention.
    package var attention: [AccountResult]
    /// The folder of the merged report; nil where none was asked for.
    package var reportPath: String?
    /// Why the index of the reports is not up to date.
    package var indexFailure: ReportFailure?
    package var exitStatus: ExitStatus
}
