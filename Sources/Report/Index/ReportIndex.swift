import Glibc
import Journal
import Support

/// `index.html` in the report directory: every report that lies there, the newest first.
///
/// It is made anew by each run, from what the reports say. Of each only the beginning is read. A report that cannot be
/// read is listed as such.
enum ReportIndex {
    static let name = "index.html"
    /// As a report's files.
    private static let mode: mode_t = 0o640
    /// So many of the newest reports are read; the others are listed by name.
    private static let mostRead = 1_000

    /// Replaces the index atomically, and syncs the directory.
    static func write(to directory: OpenFolder) throws(FileFailure) {
        var runs = try runs(in: directory)
        // Another run may put its report in place while this one is listed. Whoever finds the directory changed lists it
        // again, so that the last index has them all.
        for _ in 1...5 {
            let reports = runs.enumerated().map { IndexedReport($1, in: directory, isRead: $0 < mostRead) }
            try DurableFile.replace(name, in: directory, with: IndexPage(reports: reports).bytes, mode: mode)
            let found = try self.runs(in: directory)
            if found == runs { break }
            runs = found
        }
        try directory.sync()
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
    /// What to open, in the folder of the run: its page, or what there is.
    let link: String

    init(_ runID: RunID, content: Result<IndexedHead, UnlistedReport>, link: String) {
        (self.runID, self.content, self.link) = (runID, content, link)
    }

    init(_ runID: RunID, in directory: OpenFolder, isRead: Bool) {
        let name = runID.description
        var link = ""
        let content = Result { () throws(UnlistedReport) in
            do throws(FileFailure) {
                guard try directory.status(of: name)?.isLink != true else {
                    throw FileFailure(.open, directory.path(of: name), code: ELOOP)
                }
                let folder = try directory.openFolder(name)
                if try folder.status(of: ReportFolder.page)?.isFile == true { link = ReportFolder.page }
                return folder
            } catch {
                throw UnlistedReport(error)
            }
        }.flatMap { folder in
            Result { () throws(UnlistedReport) in
                guard isRead else { throw UnlistedReport("was not read for this list, which is long") }
                return try IndexedHead(in: folder)
            }
        }
        self.init(runID, content: content, link: link)
    }
}
