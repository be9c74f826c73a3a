import Feed
import Glibc
import Journal
import Support
import WireGuard

/// The names in a report directory and what they hold.
struct ReportPlaces: Sendable {
    /// A temporary folder. Its name ends with the raw value. Only folders with such names are ever cleared.
    enum Aside: String {
        /// A report that is being written.
        case partial
        /// The report of an incomplete run, while the continued run's report replaces it.
        case replaced
        /// An old report that is being deleted.
        case dropped
    }

    /// The report directory.
    let directory: OpenFolder

    static let latest = "latest"

    /// The path of a run's folder.
    func path(of runID: RunID) -> String { directory.path(of: runID.description) }

    /// The name of a temporary folder.
    func aside(of runID: RunID, _ kind: Aside) -> String { "\(DurableFile.asidePrefix)\(runID).\(kind.rawValue)" }

    // MARK: Before a run

    /// Finds out what would keep a report from being written, without writing.
    static func examine(_ directory: String, _ runID: RunID?, _ trust: FileTrust) throws(FileFailure) {
        guard try FileSystem.isFolder(atEndOf: directory) else {
            // A run creates the directory when it needs it. The parent folder has to allow that.
            return try FileSystem.requireWritableFolder(FileSystem.parent(of: directory))
        }
        try ReportPlaces(directory: OpenFolder(directory)).examine(runID, trust)
    }

    /// Opens the report directory. Creates it if it is missing, but not the folders above it.
    ///
    /// - Throws: Where a report cannot be written there. An existing directory is left unchanged then.
    init(preparing directory: String, for runID: RunID, _ trust: FileTrust) throws(FileFailure) {
        if try FileSystem.isFolder(atEndOf: directory) {
            self.directory = try OpenFolder(directory)
        } else {
            let above = try OpenFolder(FileSystem.parent(of: directory))
            try above.requireWritable()
            self.directory = try above.makeFolder(
                FileSystem.name(of: directory), mode: ReportFolder.mode, path: directory)
            try above.sync()
        }
        try examine(runID, trust)
    }

    private init(directory: OpenFolder) { self.directory = directory }

    private func examine(_ runID: RunID?, _ trust: FileTrust) throws(FileFailure) {
        try directory.requireTrusted(FolderTrust(role: .reports, files: trust))
        try directory.requireWritable()
        if let found = try directory.status(of: Self.latest), !found.isLink {
            throw FileFailure(.link, directory.path(of: Self.latest), code: EEXIST)
        }
        if let runID, let found = try directory.status(of: runID.description), !found.isFolder {
            throw FileFailure(.create, path(of: runID), code: EEXIST)
        }
    }

    /// Clears what killed runs left, and leaves alone what a live run holds.
    func clearLeftovers() throws(FileFailure) {
        try DurableFile.removeLeftovers(in: directory)
        for name in try directory.names() {
            guard let (runID, kind) = parseAside(name) else { continue }
            guard try directory.status(of: name)?.isFolder == true else {
                try directory.remove(name)
                continue
            }
            let aside = try directory.openFolder(name)
            guard try aside.lock() else { continue }
            // The lock is released with the object.
            defer { withExtendedLifetime(aside) {} }
            let isGone = try directory.status(of: runID.description) == nil
            if kind == .replaced && isGone {
                // That run was killed after it had moved the old report away and before the new one was in place. If
                // the run is continued, it replaces this report again. If not, this is the only report that billing
                // gets.
                try directory.rename(name, to: runID.description)
            } else {
                try directory.removeTree(name)
            }
        }
    }

    /// Parses the name of a temporary folder; nil for every other name.
    private func parseAside(_ name: String) -> (RunID, Aside)? {
        guard name.hasPrefix(DurableFile.asidePrefix) else { return nil }
        let parts = name.dropFirst(DurableFile.asidePrefix.count).split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let runID = RunID(parsing: String(parts[0])),
            let kind = Aside(rawValue: String(parts[1]))
        else { return nil }
        return (runID, kind)
    }

    // MARK: After a run

    /// Renames a finished temporary folder to the run's id, and points the `latest` link to it.
    ///
    /// If the run already has a folder, that one is moved away first. A run killed between the two renames leaves no
    /// folder under its id. Nothing is lost: the next run finds the old report and puts it back, and the killed run is
    /// not complete and will be continued.
    func putInPlace(_ runID: RunID) throws(FileFailure) {
        let (target, replaced) = (runID.description, aside(of: runID, .replaced))
        let isReplacing = try directory.status(of: target) != nil
        if isReplacing {
            try directory.rename(target, to: replaced)
        }
        do throws(FileFailure) {
            try directory.rename(aside(of: runID, .partial), to: target)
        } catch {
            // The first failure is the one to report. If the old report cannot go back now, the next run puts it back.
            if isReplacing { try? directory.rename(replaced, to: target) }
            throw error
        }
        try DurableFile.replaceLink(Self.latest, in: directory, pointingTo: target)
        try directory.sync()
        if isReplacing {
            try directory.removeTree(replaced)
        }
    }

    /// Deletes older run folders, but never the one that `latest` points to.
    ///
    /// - Returns: The runs whose folders were deleted.
    func dropFolders(before time: UTCTime) throws(FileFailure) -> [RunID] {
        let latest = try directory.statusBehindLink(of: Self.latest)
        var dropped: [RunID] = []
        for name in try directory.names() {
            guard let runID = RunID(parsing: name), runID.time < time,
                let found = try directory.status(of: name), found.isFolder, latest?.isSame(as: found) != true
            else { continue }
            // Renamed first, so that a folder is complete or absent even if this run is killed while deleting.
            try directory.rename(name, to: aside(of: runID, .dropped))
            dropped.append(runID)
        }
        // After a power failure no folder may have its own name without all its files.
        if !dropped.isEmpty { try directory.sync() }
        for runID in dropped { try directory.removeTree(aside(of: runID, .dropped)) }
        return dropped
    }
}
