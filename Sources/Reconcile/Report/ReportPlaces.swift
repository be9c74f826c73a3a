import Glibc

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

    let directory: String

    var latest: String { directory + "/latest" }

    func folder(of runID: RunID) -> String { "\(directory)/\(runID)" }

    func aside(of runID: RunID, _ kind: Aside) -> String {
        "\(directory)/\(DurableFile.asidePrefix)\(runID).\(kind.rawValue)"
    }

    // MARK: Before a run

    /// Finds what would keep a report from being written, without writing.
    func examine(_ runID: RunID?) throws(FileFailure) {
        guard try FileSystem.isFolder(atEndOf: directory) else {
            // It is made when it is needed, which the folder above has to allow.
            return try FileSystem.requireWritableFolder(FileSystem.parent(of: directory))
        }
        try FileSystem.requireWritableFolder(directory)
        if let found = try FileSystem.status(of: latest), !found.isLink {
            throw FileFailure(.link, latest, code: EEXIST)
        }
        if let runID, let found = try FileSystem.status(of: folder(of: runID)), !found.isFolder {
            throw FileFailure(.create, folder(of: runID), code: EEXIST)
        }
    }

    /// Makes the report directory where it is missing, but not the folders above it.
    func makeDirectory() throws(FileFailure) {
        if try !FileSystem.isFolder(atEndOf: directory) {
            try FileSystem.makeFolder(directory, mode: ReportFolder.mode)
            try DurableFile.syncFolder(FileSystem.parent(of: directory))
        }
    }

    /// Clears what killed runs left, and leaves alone what a living one holds.
    func clearLeftovers() throws(FileFailure) {
        try DurableFile.removeLeftovers(in: directory)
        for name in try FileSystem.names(in: directory) {
            guard let (runID, kind) = parseAside(name), let hold = try Hold(aside(of: runID, kind)) else { continue }
            let isGone = try FileSystem.status(of: folder(of: runID)) == nil
            if kind == .replaced && isGone {
                // That run was killed after it had moved the old report away and before the new one was in. Should it
                // be continued, this report is replaced again; should it not be, this is all that billing will have.
                try FileSystem.rename(hold.path, to: folder(of: runID))
            } else {
                try FileSystem.removeTree(hold.path)
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
        let (target, replaced) = (folder(of: runID), aside(of: runID, .replaced))
        let isReplacing = try FileSystem.status(of: target) != nil
        if isReplacing {
            try FileSystem.rename(target, to: replaced)
        }
        do throws(FileFailure) {
            try FileSystem.rename(aside(of: runID, .partial), to: target)
        } catch {
            // The first failure is the one to report; if the old report cannot go back now, the next run puts it back.
            if isReplacing { try? FileSystem.rename(replaced, to: target) }
            throw error
        }
        try DurableFile.replaceLink(latest, pointingTo: runID.description)
        try DurableFile.syncFolder(directory)
        if isReplacing {
            try FileSystem.removeTree(replaced)
        }
    }

    /// Deletes the run folders that are older, but never the one that `latest` points to.
    ///
    /// - Returns: The runs whose folders are gone.
    func dropFolders(before time: UTCTime) throws(FileFailure) -> [RunID] {
        var dropped: [RunID] = []
        for name in try FileSystem.names(in: directory) {
            guard let runID = RunID(parsing: name), runID.time < time else { continue }
            let path = folder(of: runID)
            guard let found = try FileSystem.status(of: path), found.isFolder, try !FileSystem.isSame(path, latest)
            else { continue }
            // Renamed first: a folder is complete or absent, also when this run is killed while it deletes.
            try FileSystem.rename(path, to: aside(of: runID, .dropped))
            try FileSystem.removeTree(aside(of: runID, .dropped))
            dropped.append(runID)
        }
        return dropped
    }
}

/// An advisory lock on a folder that lasts as long as this object, or as the process.
final class Hold: Sendable {
    let path: String
    private let folder: OpenFile

    /// - Returns: Nil where somebody else holds the folder.
    init?(_ path: String) throws(FileFailure) {
        let folder = try OpenFile.folder(path)
        guard try folder.lock() else { return nil }
        self.path = path
        self.folder = folder
    }
}
