import ControlPlane
import GRDB
import Journal
import Support

/// Tells the workers of the cluster that files have changed, and waits until they have fetched them.
///
/// Done once per call, after all files are in place: each time, workers restart every interface.
package struct ClusterFollowing {
    /// The result of ``perform(_:unfinished:)``.
    package struct Outcome: Sendable {
        /// nil where there is no cluster.
        package var record: ClusterRecord?
        /// nil where there is no cluster.
        package var sight: ClusterSight?
        package var failure: (any ExplainedError)?
        /// Why nothing is known of workers although the cluster is disabled, in a sentence.
        package var leftWorkers: String?
    }

    let database: ControlPlaneDatabase
    /// The folder that workers get their files from.
    let configs: ConfigFolder
    /// The longest wait in seconds; nil where live interfaces are not inspected.
    let timeLimit: Double?
    let surroundings: Surroundings

    package init(
        database: ControlPlaneDatabase, configs: ConfigFolder, timeLimit: Double?, surroundings: Surroundings
    ) {
        self.database = database
        self.configs = configs
        self.timeLimit = timeLimit
        self.surroundings = surroundings
    }

    /// - Parameters:
    ///   - files: if none is in place, the version is not raised, and no worker can have followed. If only some are in
    ///     place, the version is raised for these. Then a worker that follows proves nothing: it may get a removed peer
    ///     from a file that is not in place.
    ///   - unfinished: the names of the files that are not in place.
    package func perform(_ files: ConfigFolder.FilesInPlace, unfinished: Set<String>) -> Outcome {
        guard ClusterState.isPossible(in: database.schema) else { return Outcome() }
        var raised: Int64?
        var raiseFailure: (any ExplainedError)?
        do {
            if files != .none { raised = try raiseIfDue(areAllInPlace: files == .all, unfinished) }
        } catch {
            raiseFailure = explained(error)
        }
        // Workers that cannot be told do not follow.
        let waits = (timeLimit ?? 0) > 0 && raiseFailure == nil
        var last: ClusterLook?
        do {
            let first = try database.readOnly(while: Self.reading) { db in
                try ClusterLook(
                    db, database.schema, raised: raised, isTold: files != .none && raiseFailure == nil,
                    isWhole: files != .some)
            }
            guard var look = first else { return try withoutCluster(raiseFailure) }
            // What was seen before an error is reported as well.
            defer { last = look }
            try take(&look)
            if waits, let timeLimit { try wait(&look, upTo: timeLimit) }
            let record = record(look, raised, waits)
            report(record)
            return Outcome(record: record, sight: timeLimit == nil ? .unknown : look.sight, failure: raiseFailure)
        } catch {
            return Outcome(
                record: last.map { record($0, raised, waits) }, sight: .unknown,
                failure: raiseFailure ?? explained(error))
        }
    }

    /// Removed keys that no run has seen gone may still be on workers of a cluster that was disabled.
    private func withoutCluster(_ failure: (any ExplainedError)?) throws -> Outcome {
        guard timeLimit != nil else { return Outcome(failure: failure) }
        let workers = try database.readOnly(while: Self.reading) { db in
            try Journal.unseenKeys(in: db).isEmpty ? [] : ClusterState.leftWorkers(in: db, database.schema)
        }
        guard !workers.isEmpty else { return Outcome(failure: failure) }
        let (are, them) = workers.count == 1 ? ("is", "it") : ("are", "them")
        return Outcome(
            sight: .unknown, failure: failure,
            leftWorkers:
                "the cluster is disabled, but its workers are not told: \(workers.firstFew()) \(are) still enabled "
                + "and may have removed peers; once WireGuard is down there, disable \(them) in the application")
    }

    private static let reading = "read the workers of the cluster from the database"

    private func explained(_ error: any Error) -> any ExplainedError {
        error as? any ExplainedError
            ?? DatabaseFailure(.other(code: -1), while: Self.reading, on: database.path, message: "\(error)")
    }

    // MARK: Raising the version

    /// Raises the version if a run has removed an instance or changed files since the last raise, or if the version has
    /// gone back since.
    ///
    /// If only the mark is set, it raises the version only if the unfinished files, or their contents, are not the same
    /// as at the last look. So a file that no run can change raises the version once. The run that finds the file
    /// changed or deleted by hand raises it again. An export by the application is no reason, because the application
    /// raises the version itself.
    ///
    /// - Parameters:
    ///   - areAllInPlace: whether every file is as it should be. If not, the mark stays for the next run.
    ///   - unfinished: the names of the files that are not.
    /// - Returns: the new version; nil where nothing has changed that workers fetch.
    private func raiseIfDue(areAllInPlace: Bool, _ unfinished: Set<String>) throws -> Int64? {
        // While the cluster is disabled, the mark stays. A worker that comes back would otherwise keep its old
        // version.
        let isDue = try database.readOnly(while: Self.reading) { db in
            guard let state = try ClusterState(in: db, database.schema) else { return false }
            return try !unfinished.isEmpty || state.isUntold(in: db)
        }
        guard isDue else { return nil }
        let digest = ExportDigest.of(unfinished, in: configs.folder)
        let now = surroundings.now()
        let version = try database.write(while: "tell the workers of the cluster that configs have changed") {
            db -> Int64? in
            guard let state = try ClusterState(in: db, database.schema) else { return nil }
            try Journal.prepare(in: db)
            let isDue = try isRaiseDue(state, digest, in: db)
            try Journal.note(areAllInPlace ? .told : .unsure, in: db)
            try Journal.noteFound(unfinished: digest, in: db)
            guard isDue else { return nil }
            let version = try ClusterState.raiseVersion(in: db, database.schema, at: now)
            if let version { try Journal.noteRaise(to: version, at: now, in: db) }
            return version
        }
        if version != nil { surroundings.observe(.checkpoint(.versionRaised)) }
        return version
    }

    private func isRaiseDue(_ state: ClusterState, _ digest: String, in db: Database) throws -> Bool {
        if try state.hasGoneBack(in: db) { return true }
        switch try Journal.exportState(in: db) {
        case .changed: return true
        case .unsure: return try !Journal.hasFound(unfinished: digest, in: db)
        // A file is unfinished, but no run has changed anything since the last raise. Workers have to be told only once
        // that file changes.
        case .told: return false
        }
    }

    // MARK: Waiting for workers

    private static let shortestPause: Milliseconds = 50
    private static let longestPause: Milliseconds = 1_000

    /// Polls the workers, with no transaction open during the pauses.
    private func wait(_ look: inout ClusterLook, upTo limit: Double) throws {
        let (began, limit) = (surroundings.uptime(), limit * 1_000)
        var (paused, pause) = (Milliseconds(0), Self.shortestPause)
        while look.isWorthWaiting(at: surroundings.now()), !surroundings.isStopRequested() {
            let left = limit - max(paused, surroundings.uptime() - began)
            guard left > 0 else { return }
            surroundings.observe(.waiting(followed: look.followed, of: look.workerCount))
            surroundings.pause(min(pause, left))
            paused += min(pause, left)
            pause = min(2 * pause, Self.longestPause)
            try take(&look)
        }
    }

    private func report(_ record: ClusterRecord) {
        surroundings.observe(
            .finished(
                .cluster,
                [
                    ("config_version", "\(record.version)"), ("raised", "\(record.isRaised)"),
                    ("workers", "\(record.workers.count)"),
                    ("followed", "\(record.workers.count(where: \.hasFollowed))"),
                ]))
    }

    private func take(_ look: inout ClusterLook) throws {
        let now = surroundings.now()
        look = try database.readOnly(while: Self.reading) { db in
            var look = look
            try look.lookAgain(db, database.schema, now: now)
            return look
        }
        look.readPeers()
    }

    private func record(_ look: ClusterLook, _ raised: Int64?, _ waits: Bool) -> ClusterRecord {
        look.record(isRaised: raised != nil, wasAwaited: waits, at: surroundings.now())
    }
}
