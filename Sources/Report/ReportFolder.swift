import Feed
import Glibc
import Journal
import Support
import WireGuard

/// The folder of one run under the report directory: complete, or absent.
///
/// Everything is written to an aside, `.wg-reconcile-<run id>.partial`, which gets the run's id for its name when it is
/// whole. A run holds a lock on its aside, so that several databases can share a report directory and none clears the
/// other's. Folders have the mode 0750, files 0640, whatever the umask is.
package struct ReportFolder: Sendable {
    static let mode: mode_t = 0o750
    static let document = "report.json"
    static let table = "accounts.csv"
    static let page = "report.html"

    package let runID: RunID
    private let places: ReportPlaces
    /// Where the report is written, and locked.
    private let aside: OpenFolder

    /// Where the report stands once it is published.
    package var path: String { places.path(of: runID) }

    /// Finds out whether a report can be written, without writing anything: what a plan can know.
    ///
    /// - Parameter trust: see ``prepare(in:runID:entries:hasPage:trust:)``.
    package static func examine(
        _ reportDirectory: String, runID: RunID? = nil, trust: FileTrust = FileTrust()
    ) throws(ReportFailure) {
        try ReportFailure.wrapping(reportDirectory) { () throws(FileFailure) in
            try ReportPlaces.examine(reportDirectory, runID, trust)
        }
    }

    /// Makes everything ready before anything is removed: makes the report directory where it is missing (but not the
    /// folders above it), clears what killed runs left, makes the aside and its files, and sets room aside.
    ///
    /// The report directory is opened here, once; a link to it is followed.
    ///
    /// - Parameters:
    ///   - entries: How many entries the feed has. Room for about as much is reserved on the disk, so that a disk that is
    ///     nearly full is found out now and not after the removal.
    ///   - hasPage: Whether the report gets a `report.html`, as ``publish(_:_:summary:)`` writes it.
    ///   - trust: Whose the report directory may be besides root's and the user's. Nobody else may write it, unless all
    ///     files are trusted: what lies there is overwritten and deleted.
    /// - Throws: ``ReportFailure`` where a report cannot be written; nothing of this run is left behind then.
    package static func prepare(
        in reportDirectory: String, runID: RunID, entries: Int = 0, hasPage: Bool = true,
        trust: FileTrust = FileTrust()
    ) throws(ReportFailure) -> ReportFolder {
        try ReportFailure.wrapping(reportDirectory) { () throws(FileFailure) in
            let places = try ReportPlaces(preparing: reportDirectory, for: runID, trust)
            try places.clearLeftovers()
            let folder = try ReportFolder(runID, places)
            do throws(FileFailure) {
                try folder.reserveRoom(entries: entries, hasPage: hasPage)
            } catch {
                folder.abandon()
                throw error
            }
            return folder
        }
    }

    private init(_ runID: RunID, _ places: ReportPlaces) throws(FileFailure) {
        let name = places.aside(of: runID, .partial)
        let isHeld = FileFailure(.lock, places.directory.path(of: name), code: EWOULDBLOCK)
        // An aside that is still there after the clearing is held by another run.
        guard try places.directory.status(of: name) == nil else { throw isHeld }
        let aside = try places.directory.makeFolder(name, mode: Self.mode)
        guard try aside.lock() else { throw isHeld }
        (self.runID, self.places, self.aside) = (runID, places, aside)
    }

    private func reserveRoom(entries: Int, hasPage: Bool) throws(FileFailure) {
        // About what an account takes that was not there: most of a large feed is that. More is asked for when it is
        // needed; too little is better than refusing to run for want of room that nobody needs.
        var rooms = [(Self.document, 512 * entries), (Self.table, 128 * entries)]
        if hasPage { rooms.append((Self.page, ReportPage.room(entries: entries))) }
        for (name, room) in rooms {
            let file = try ReportFile(name, in: aside)
            try file.probe(room: max(room, 4096))
        }
        try aside.sync()
    }

    /// Writes the files, syncs them, and puts the folder and the `latest` link in place. The folder that an earlier
    /// part of this run left is replaced. Once this returns, the report outlasts a power cut. To be called once.
    ///
    /// - Parameters:
    ///   - results: One for each entry, in feed order. They are gone through once for each file.
    ///   - summary: Where it was counted from the results already.
    /// - Throws: ``ReportFailure``. The aside is gone then. The report of an earlier part of this run is still there,
    ///   unless it was only the `latest` link that could not be made: then the new one is.
    package func publish(
        _ record: RunRecord, _ results: some Sequence<AccountResult>, summary: ReportSummary? = nil
    ) throws(ReportFailure) {
        try ReportFailure.wrapping(places.directory.path) { () throws(FileFailure) in
            do throws(FileFailure) {
                try places.directory.requireInPlace()
                try write(record, summary ?? ReportSummary(results), results)
                try places.putInPlace(runID)
            } catch {
                abandon()
                throw error
            }
        }
    }

    private func write(
        _ record: RunRecord, _ summary: ReportSummary, _ results: some Sequence<AccountResult>
    ) throws(FileFailure) {
        var document = try ReportFile(Self.document, in: aside)
        try ReportDocument(record: record, summary: summary).write(results, to: &document)
        try document.finish()
        var table = try ReportFile(Self.table, in: aside)
        try AccountsTable.write(results, to: &table)
        try table.finish()
        var page = try ReportFile(Self.page, in: aside)
        let selection = PageSelection(results, listsUnprocessed: record.stoppedWith != .stoppedByGuard)
        try ReportPage(record: record, summary: summary, selection: selection).write(results, to: &page)
        try page.finish()
        try aside.sync()
    }

    /// The same for a report without a page, whose files the caller fills, an account at a time.
    ///
    /// - Throws: ``ReportFailure``, and what `fill` throws. The aside is gone then.
    func publish(_ fill: (_ document: inout ReportFile, _ table: inout ReportFile) throws -> Void) throws {
        do {
            try places.directory.requireInPlace()
            var document = try ReportFile(Self.document, in: aside)
            var table = try ReportFile(Self.table, in: aside)
            try fill(&document, &table)
            try document.finish()
            try table.finish()
            try aside.sync()
            try places.putInPlace(runID)
        } catch {
            abandon()
            guard let failure = error as? FileFailure else { throw error }
            try ReportFailure.wrapping(places.directory.path) { () throws(FileFailure) in throw failure }
        }
    }

    /// Gives the report up and removes the aside. After ``publish(_:_:summary:)`` there is nothing left to remove.
    package func abandon() {
        // What cannot be removed now is cleared by the next run, and whoever gives up has a reason to report already.
        try? places.directory.removeTree(places.aside(of: runID, .partial))
    }

    /// Deletes the folders of runs in the same directory that began more than `days` days before `now`. What is not named
    /// like a run is left alone, and so is the folder that `latest` points to.
    ///
    /// - Returns: The runs whose folders are gone.
    @discardableResult
    package func dropOlder(than days: Int, now: UTCTime) throws(ReportFailure) -> [RunID] {
        let directory = places.directory.path
        return try ReportFailure.wrapping(directory, operation: "drop old reports in") { () throws(FileFailure) in
            try places.dropFolders(before: now.adding(seconds: -86_400 * Int64(days)))
        }
    }
}
