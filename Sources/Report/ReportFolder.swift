import Feed
import Glibc
import Journal
import Support
import WireGuard

/// The folder of one run under the report directory. It is complete, or absent.
///
/// Everything is written to a temporary folder, `.wg-reconcile-<run id>.partial`. It is renamed to the run's id when it
/// is complete. A run holds a lock on its temporary folder, so that several databases can share a report directory
/// without clearing each other's folders. Folders have mode 0750 and files 0640, whatever the umask is.
package struct ReportFolder: Sendable {
    static let mode: mode_t = 0o750
    static let document = "report.json"
    static let table = "accounts.csv"
    static let page = "report.html"

    package let runID: RunID
    private let places: ReportPlaces
    /// The temporary folder that the report is written to. It is locked.
    private let aside: OpenFolder

    /// The path of the report once it is published.
    package var path: String { places.path(of: runID) }

    /// Finds out whether a report can be written, without writing anything. A plan uses this.
    ///
    /// - Parameter trust: see ``prepare(in:runID:entries:trust:)``.
    package static func examine(
        _ reportDirectory: String, runID: RunID? = nil, trust: FileTrust = FileTrust()
    ) throws(ReportFailure) {
        try ReportFailure.wrapping(reportDirectory) { () throws(FileFailure) in
            try ReportPlaces.examine(reportDirectory, runID, trust)
        }
    }

    /// Prepares everything before anything is removed. Creates the report directory if it is missing (but not the
    /// folders above it), clears what killed runs left, creates the temporary folder and its files, and reserves room
    /// on the disk.
    ///
    /// The report directory is opened here, once. A symbolic link to it is followed.
    ///
    /// - Parameters:
    ///   - entries: How many entries the feed has. About enough room for them is reserved on the disk, so that a nearly
    ///     full disk is noticed now and not after the removal.
    ///   - trust: Who may own the report directory in addition to root and the user. Nobody else may have write access,
    ///     unless all files are trusted: the run overwrites and deletes files there.
    /// - Throws: ``ReportFailure`` where a report cannot be written. Nothing of this run is left behind then.
    package static func prepare(
        in reportDirectory: String, runID: RunID, entries: Int = 0, trust: FileTrust = FileTrust()
    ) throws(ReportFailure) -> ReportFolder {
        try ReportFailure.wrapping(reportDirectory) { () throws(FileFailure) in
            let places = try ReportPlaces(preparing: reportDirectory, for: runID, trust)
            try places.clearLeftovers()
            let folder = try ReportFolder(runID, places)
            do throws(FileFailure) {
                try folder.reserveRoom(entries: entries)
            } catch {
                folder.abandon()
                throw error
            }
            return folder
        }
    }

    /// The folder in the report directory that has the reports of rehearsals. Nothing that reads the reports of runs looks
    /// into it. It has a `latest` link and an index of its own.
    static let rehearsals = "rehearsals"

    /// As ``prepare(in:runID:entries:trust:)``, for the report of a rehearsal.
    package static func prepareRehearsal(
        in reportDirectory: String, runID: RunID, entries: Int, trust: FileTrust
    ) throws(ReportFailure) -> ReportFolder {
        try ReportFailure.wrapping(reportDirectory) { () throws(FileFailure) in
            _ = try ReportPlaces(preparing: reportDirectory, for: runID, trust)
        }
        let place = reportDirectory + (reportDirectory.hasSuffix("/") ? "" : "/") + rehearsals
        return try prepare(in: place, runID: runID, entries: entries, trust: trust)
    }

    private init(_ runID: RunID, _ places: ReportPlaces) throws(FileFailure) {
        let name = places.aside(of: runID, .partial)
        let isHeld = FileFailure(.lock, places.directory.path(of: name), code: EWOULDBLOCK)
        // A temporary folder that is still there after the clearing is held by another run.
        guard try places.directory.status(of: name) == nil else { throw isHeld }
        let aside = try places.directory.makeFolder(name, mode: Self.mode)
        guard try aside.lock() else { throw isHeld }
        (self.runID, self.places, self.aside) = (runID, places, aside)
    }

    private func reserveRoom(entries: Int) throws(FileFailure) {
        // The average for an absent account, which most accounts of a large feed are. More room is taken when needed.
        // Reserving too little is better than refusing to run for room that is not needed.
        let rooms = [
            (Self.document, 512 * entries), (Self.table, 128 * entries),
            (Self.page, ReportPage.room(entries: entries)),
        ]
        for (name, room) in rooms {
            let file = try ReportFile(name, in: aside)
            try file.probe(room: max(room, 4096))
        }
        try aside.sync()
    }

    /// Writes the files, syncs them, and puts the folder and the `latest` link in place. Replaces the folder that an
    /// earlier part of this run left. Once this returns, the report survives a power failure. Call it once.
    ///
    /// - Parameters:
    ///   - results: One for each entry, in feed order. They are read once for each file.
    ///   - summary: The totals, if they have been counted already.
    /// - Throws: ``ReportFailure``. The temporary folder is deleted then. The report of an earlier part of this run is
    ///   still there, unless only the `latest` link could not be made; then the new report is in place.
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
        let selection = PageSelection(results, listsUnprocessed: !record.isStoppedByGuard)
        try ReportPage(record: record, summary: summary, selection: selection).write(results, to: &page)
        try page.finish()
        try aside.sync()
    }

    /// The same for a caller that fills the files itself, one account at a time.
    ///
    /// - Throws: ``ReportFailure``, and what `fill` throws. The temporary folder is deleted then.
    func publish(
        _ fill: (_ document: inout ReportFile, _ table: inout ReportFile, _ page: inout ReportFile) throws -> Void
    ) throws {
        do {
            try places.directory.requireInPlace()
            var document = try ReportFile(Self.document, in: aside)
            var table = try ReportFile(Self.table, in: aside)
            var page = try ReportFile(Self.page, in: aside)
            try fill(&document, &table, &page)
            try document.finish()
            try table.finish()
            try page.finish()
            try aside.sync()
            try places.putInPlace(runID)
        } catch {
            abandon()
            guard let failure = error as? FileFailure else { throw error }
            try ReportFailure.wrapping(places.directory.path) { () throws(FileFailure) in throw failure }
        }
    }

    /// Lists all reports of the directory in its `index.html`, as they are now. Call it last.
    ///
    /// - Throws: ``ReportFailure``. The reports themselves are not affected.
    package func writeIndex() throws(ReportFailure) {
        let directory = places.directory.path
        do {
            try ReportFailure.wrapping(directory, operation: "write the index of the reports in") {
                () throws(FileFailure) in
                try ReportIndex.write(to: places.directory)
            }
        } catch {
            var failure = error
            // The report is in place, so nothing of the run is to be done again.
            failure.exitStatus = .attentionNeeded
            throw failure
        }
    }

    /// Gives up the report and removes the temporary folder. After ``publish(_:_:summary:)`` there is nothing left to
    /// remove.
    package func abandon() {
        // The next run clears what cannot be removed now, and the caller already has an error to report.
        try? places.directory.removeTree(places.aside(of: runID, .partial))
    }

    /// Deletes the folders of runs in the same directory that began more than `days` days before `now`. Leaves alone
    /// the folder that `latest` points to, and folders that are not named like a run.
    ///
    /// - Returns: The runs whose folders were deleted.
    @discardableResult
    package func dropOlder(than days: Int, now: UTCTime) throws(ReportFailure) -> [RunID] {
        let directory = places.directory.path
        return try ReportFailure.wrapping(directory, operation: "drop old reports in") { () throws(FileFailure) in
            try places.dropFolders(before: now.adding(seconds: -86_400 * Int64(days)))
        }
    }
}
