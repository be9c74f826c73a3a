import Feed
import Glibc
import Journal
import Support
import WireGuard

/// What lies where in a report directory.
struct ReportPlaces: Sendable {
    /// A folder on its way in or out; the raw value ends its name. Only names of this form are ever cleared.
    enum Aside: String {
        /// A report that is being written.
        case partial
        /// The report of an incomplete run, while that of the continued run takes its place.
        case replaced
        /// An old report that is being deleted.
        case dropped
    }

    /// The report directory.
    let directory: OpenFolder

    static let latest = "latest"

    /// The path of a run's folder.
    func path(of runID: RunID) -> String { directory.path(of: runID.description) }

    /// The name of an aside.
    func aside(of runID: RunID, _ kind: Aside) -> String { "\(DurableFile.asidePrefix)\(runID).\(kind.rawValue)" }

    // MARK: Before a run

    /// Finds what would keep a report from being written, without writing.
    static func examine(_ directory: String, _ runID: RunID?, _ trust: FileTrust) throws(FileFailure) {
        guard try FileSystem.isFolder(atEndOf: directory) else {
            // It is made when it is needed, which the folder above has to allow.
            return try FileSystem.requireWritableFolder(FileSystem.parent(of: directory))
        }
        try ReportPlaces(directory: OpenFolder(directory)).examine(runID, trust)
    }

    /// Opens the report directory, and makes it where it is missing, but not the folders above it.
    ///
    /// - Throws: Where a report cannot be written there. A directory that was there is as it was then.
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

    /// Clears what killed runs left, and leaves alone what a living one holds.
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
            // The lock ends with the object.
            defer { withExtendedLifetime(aside) {} }
            let isGone = try directory.status(of: runID.description) == nil
            if kind == .replaced && isGone {
                // That run was killed after it had moved the old report away and before the new one was in. Should it
                // be continued, this report is replaced again; should it not be, this is all that billing will have.
                try directory.rename(name, to: runID.description)
            } else {
                try directory.removeTree(name)
            }
        }
    }

    /// Reads the name of an aside; nil for every other name.
    private func parseAside(_ name: String) -> (RunID, Aside)? {
        guard name.hasPrefix(DurableFile.asidePrefix) else { return nil }
        let parts = name.dropFirst(DurableFile.asidePrefix.count).split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let runID = RunID(parsing: String(parts[0])),
            let kind = Aside(rawValue: String(parts[1]))
        else { return nil }
        return (runID, kind)
    }

    // MARK: After a run

    /// Puts a finished aside in place as the run's folder, and the `latest` link on it.
    ///
    /// Where the run has a folder already, that one is moved away first. A run killed between the two renames leaves no
    /// folder under its id; nothing is lost, because the next run finds the old report and puts it back, and because a
    /// run that was killed here is not complete and is continued.
    func putInPlace(_ runID: RunID) throws(FileFailure) {
        let (target, replaced) = (runID.description, aside(of: runID, .replaced))
        let isReplacing = try directory.status(of: target) != nil
        if isReplacing {
            try directory.rename(target, to: replaced)
        }
        do throws(FileFailure) {
            try directory.rename(aside(of: runID, .partial), to: target)
        } catch {
            // The first failure is the one to report; if the old report cannot go back now, the next run puts it back.
            if isReplacing { try? directory.rename(replaced, to: target) }
            throw error
        }
        try DurableFile.replaceLink(Self.latest, in: directory, pointingTo: target)
        try directory.sync()
        if isReplacing {
            try directory.removeTree(replaced)
        }
    }

    /// Deletes the run folders that are older, but never the one that `latest` points to.
    ///
    /// - Returns: The runs whose folders are gone.
    func dropFolders(before time: UTCTime) throws(FileFailure) -> [RunID] {
        let latest = try directory.statusBehindLink(of: Self.latest)
        var dropped: [RunID] = []
        for name in try directory.names() {
            guard let runID = RunID(parsing: name), runID.time < time,
                let found = try directory.status(of: name), found.isFolder, latest?.isSame(as: found) != true
            else { continue }
            // Renamed first: a folder is complete or absent, also when this run is killed while it deletes.
            try directory.rename(name, to: aside(of: runID, .dropped))
            dropped.append(runID)
        }
        // After a power cut no folder may stand under its own name again without all its files.
        if !dropped.isEmpty { try directory.sync() }
        for runID in dropped { try directory.removeTree(aside(of: runID, .dropped)) }
        return dropped
    }
}
