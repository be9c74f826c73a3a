import ControlPlane
import GRDB
import Journal
import Support

/// Tells the workers of the cluster that files have changed, and waits until they have fetched them.
///
/// Done once per call, after all files are in place: each time, workers restart every interface.
package struct ClusterFollowing {
    /// The result of ``perform(filesAreInPlace:)``.
    package struct Outcome: Sendable {
        /// nil where there is no cluster.
        package var record: ClusterRecord?
        /// nil where there is no cluster.
        package var sight: ClusterSight?
        package var failure: (any ExplainedError)?
    }

    let database: ControlPlaneDatabase
    /// The longest wait in seconds; nil where live interfaces are not inspected.
    let timeLimit: Double?
    let surroundings: Surroundings

    package init(database: ControlPlaneDatabase, timeLimit: Double?, surroundings: Surroundings) {
        self.database = database
        self.timeLimit = timeLimit
        self.surroundings = surroundings
    }

    /// - Parameter filesAreInPlace: if false, the version is not raised, and no worker can have followed.
    package func perform(filesAreInPlace: Bool) -> Outcome {
        guard ClusterState.isPossible(in: database.schema) else { return Outcome() }
        var raised: Int64?
        var last: ClusterLook?
        do {
            if filesAreInPlace { raised = try raiseIfMarked() }
            let first = try database.readOnly(while: Self.reading) { db in
                try ClusterLook(db, database.schema, raised: raised)
            }
            guard var look = first else { return Outcome() }
            // What was seen before an error is reported as well.
            defer { last = look }
            try take(&look)
            if let timeLimit { try wait(&look, upTo: timeLimit) }
            let outcome = outcome(look, raised)
            if let record = outcome.record { report(record) }
            return outcome
        } catch {
            let failure =
                error as? any ExplainedError
                ?? DatabaseFailure(.other(code: -1), while: Self.reading, on: database.path, message: "\(error)")
            return Outcome(record: last.flatMap { outcome($0, raised).record }, sight: .unknown, failure: failure)
        }
    }

    private static let reading = "read the workers of the cluster from the database"

    // MARK: Raising the version

    /// - Returns: the new version; nil where nothing has changed that workers fetch.
    private func raiseIfMarked() throws -> Int64? {
        // While the cluster is disabled, the mark stays. A worker that comes back would otherwise keep its old
        // version.
        let isDue = try database.readOnly(while: Self.reading) { db in
            try Journal.isExportMarked(in: db) && ClusterState(in: db, database.schema) != nil
        }
        guard isDue else { return nil }
        let now = surroundings.now()
        let version = try database.write(while: "tell the workers of the cluster that configs have changed") { db in
            let version = try ClusterState.raiseVersion(in: db, database.schema, at: now)
            if let version { try Journal.noteRaise(to: version, at: now, in: db) }
            return version
        }
        if version != nil { surroundings.observe(.checkpoint(.versionRaised)) }
        return version
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
        look = try database.readOnly(while: Self.reading) { db in
            var look = look
            try look.lookAgain(db, database.schema)
            return look
        }
        look.readPeers()
    }

    private func outcome(_ look: ClusterLook, _ raised: Int64?) -> Outcome {
        Outcome(
            record: look.record(isRaised: raised != nil, wasAwaited: timeLimit != nil, at: surroundings.now()),
            sight: timeLimit == nil ? .unknown : look.sight)
    }
}
