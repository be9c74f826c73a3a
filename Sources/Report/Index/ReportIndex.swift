import Glibc
import Journal
import Support

/// `index.html` in the report directory: every report in it, the newest first.
///
/// Each run rewrites it from the reports. Only the beginning of each report is read. A report that cannot be read is
/// listed as unreadable.
enum ReportIndex {
    static let name = "index.html"
    /// As a report's files.
    private static let mode: mode_t = 0o640
    /// So many of the newest reports are read; the others are listed by name.
    private static let mostRead = 1_000

    /// Replaces the index atomically, and syncs the directory.
    static func write(to directory: OpenFolder) throws(FileFailure) {
        var runs = try runs(in: directory)
        var failure: FileFailure?
        // Another run may publish its report meanwhile. If the directory has changed, it is listed again, so that the
        // last index written has all reports.
        for _ in 1...5 {
            let reports = runs.enumerated().map { IndexedReport($1, in: directory, isRead: $0 < mostRead) }
            failure = try replace(with: IndexPage(reports: reports), in: directory)
            let found = try self.runs(in: directory)
            if failure == nil && found == runs { break }
            runs = found
        }
        if let failure { throw failure }
        try directory.sync()
    }

    /// - Returns: What to throw if another attempt fails as well: a run that begins in the same directory deletes new
    ///   files that are not yet in place.
    private static func replace(with page: IndexPage, in directory: OpenFolder) throws(FileFailure) -> FileFailure? {
        do throws(FileFailure) {
            try DurableFile.replace(name, in: directory, with: page.bytes, mode: mode)
            return nil
        } catch {
            guard error.operation == .rename, error.code == ENOENT else { throw error }
            return error
        }
    }

    /// The newest first.
    private static func runs(in directory: OpenFolder) throws(FileFailure) -> [RunID] {
        try directory.names().compactMap(RunID.init(parsing:)).reversed()
    }
}

/// One report of the index.
struct IndexedReport: Sendable {
    let runID: RunID
    let content: Result<IndexedHead, UnlistedReport>
    /// Whether the folder of the run has a page to open.
    let hasPage: Bool

    init(_ runID: RunID, content: Result<IndexedHead, UnlistedReport>, hasPage: Bool) {
        (self.runID, self.content, self.hasPage) = (runID, content, hasPage)
    }

    init(_ runID: RunID, in directory: OpenFolder, isRead: Bool) {
        let name = runID.description
        var hasPage = false
        let content = Result { () throws(UnlistedReport) in
            do throws(FileFailure) {
                guard try directory.status(of: name)?.isLink != true else {
                    throw FileFailure(.open, directory.path(of: name), code: ELOOP)
                }
                let folder = try directory.openFolder(name)
                hasPage = try folder.status(of: ReportFolder.page)?.isFile == true
                return folder
            } catch {
                throw UnlistedReport(error)
            }
        }.flatMap { folder in
            Result { () throws(UnlistedReport) in
                guard isRead else { throw UnlistedReport("was not read, because this list is long") }
                return try IndexedHead(in: folder)
            }
        }
        self.init(runID, content: content, hasPage: hasPage)
    }
}
