import Foundation

/// A folder for trying out the program: a database, a folder for its configs, and feeds.
///
/// - `db.sqlite3`, readable only by its owner
/// - `wireguard/`, accessible only to its owner
/// - `feed.csv`, `feed.json`, `feed.jsonl`: the same feed in three formats. A run of it removes a few accounts and
///   skips some. It ends with exit status 1, because the feed has an invalid entry and two that are refused.
/// - `feed-broken.csv`: a feed that is malformed
package struct SampleFolder: Sendable {
    package var controlPlane: SampleControlPlane

    package init(controlPlane: SampleControlPlane) {
        self.controlPlane = controlPlane
    }

    /// Writes the folder, and creates it where it does not exist. If it cannot be finished, everything written is
    /// deleted.
    ///
    /// - Parameters:
    ///   - directory: A path that does not exist, or an empty folder.
    ///   - configs: Fills the config folder from the database; both are paths. The sample itself renders no configs.
    ///   - progress: Called now and then with how many accounts are in the database.
    /// - Throws: ``SampleError``; GRDB's `DatabaseError`; what `configs` throws.
    package func write(
        to directory: String, configs: (_ database: String, _ wireguard: String) throws -> Void = { _, _ in },
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> SampleInventory {
        let files = FileManager.default
        try claim(directory)
        do {
            let database = directory + "/db.sqlite3"
            let wireguard = directory + "/wireguard"
            let inventory = try controlPlane.write(to: database, progress: progress)
            try explaining(wireguard) {
                try files.createDirectory(
                    atPath: wireguard, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            }
            try configs(database, wireguard)
            try writeFeeds(SampleFeed(for: inventory, now: controlPlane.now), to: directory)
            return inventory
        } catch {
            // Deletes only what was made here, because the folder was empty. If this fails too, the first error is the
            // one to report.
            for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] {
                try? files.removeItem(atPath: directory + "/" + name)
            }
            throw error
        }
    }

    /// Creates the folder, or checks that it is empty.
    private func claim(_ directory: String) throws {
        try explaining(directory) {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            guard try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty else {
                throw SampleError.folderNotEmpty(path: directory)
            }
        }
    }

    private func writeFeeds(_ feed: SampleFeed, to directory: String) throws {
        let texts = [
            ("feed.csv", feed.csv), ("feed.json", try feed.json()), ("feed.jsonl", try feed.jsonLines()),
            ("feed-broken.csv", feed.brokenCSV),
        ]
        for (name, text) in texts {
            let path = directory + "/" + name
            try explaining(path) {
                try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            }
        }
    }

    /// Turns Foundation's errors into ``SampleError``.
    private func explaining(_ path: String, _ work: () throws -> Void) throws {
        do {
            try work()
        } catch let error as CocoaError {
            let isPermission = [.fileWriteNoPermission, .fileReadNoPermission, .fileWriteVolumeReadOnly]
                .contains(error.code)
            throw SampleError.notWritten(path: path, reason: error.localizedDescription, permission: isPermission)
        }
    }
}
