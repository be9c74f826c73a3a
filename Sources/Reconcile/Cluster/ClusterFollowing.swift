import GRDB

/// Tells the workers of the cluster that files have changed, and waits until they have followed.
///
/// To be done once in a call, after all its files are in place: workers restart every interface for it.
struct ClusterFollowing {
    /// What came of it.
    struct Outcome: Sendable {
        /// nil where there is no cluster.
        var record: ClusterRecord?
        /// nil where there is no cluster.
        var sight: ClusterSight?
        var failure: (any ExplainedError)?
    }

    let database: ControlPlaneDatabase
    /// Seconds to wait at most; nil where nobody is to look what is up.
    let timeLimit: Double?
    let surroundings: Surroundings

    /// - Parameter filesAreInPlace: where not, the version stays as it is, and no worker can have followed.
    func perform(filesAreInPlace: Bool) -> Outcome {
        guard ClusterState.isPossible(in: database.schema) else { return Outcome() }
        var raised: Int64?
        var look: ClusterLook?
        do {
            if filesAreInPlace { raised = try raiseIfMarked() }
            look = try database.readOnly(while: Self.reading) { db in
                try ClusterLook(db, database.schema, raised: raised)
            }
            guard var current = look else { return Outcome() }
            try take(&current)
            look = current
            if let timeLimit { try wait(&current, &look, upTo: timeLimit) }
            let outcome = outcome(look, raised)
            if let record = outcome.record { report(record) }
            return outcome
        } catch {
            // Whatever was seen before counts no more: the workers may have been told, and nobody knows what they have.
            let failure =
                error as? any ExplainedError
                ?? DatabaseFailure(.other(code: -1), while: Self.reading, on: database.path, message: "\(error)")
            return Outcome(record: outcome(look, raised).record, sight: .unknown, failure: failure)
        }
    }

    private static let reading = "read the workers of the cluster from the database"

    // MARK: Telling them

    /// - Returns: the new version; nil where nothing that they fetch has changed.
    private func raiseIfMarked() throws -> Int64? {
        guard try database.readOnly(while: Self.reading, Journal.isExportMarked) else { return nil }
        let now = surroundings.now()
        let version = try database.write(while: "tell the workers of the cluster that configs have changed") { db in
            // While it is not enabled the mark stays: a worker that comes back would go on with the version that it has.
            let version = try ClusterState.raiseVersion(in: db, database.schema, at: now)
            if let version { try Journal.noteRaise(to: version, at: now, in: db) }
            return version
        }
        if version != nil { surroundings.observe(.checkpoint(.versionRaised)) }
        return version
    }

    // MARK: Waiting for them

    private static let shortestPause: Milliseconds = 50
    private static let longestPause: Milliseconds = 1_000

    /// Looks again and again, and holds nothing of the database in between.
    ///
    /// - Parameter last: the last look that was whole.
    private func wait(_ current: inout ClusterLook, _ last: inout ClusterLook?, upTo limit: Double) throws {
        let (began, limit) = (surroundings.uptime(), limit * 1_000)
        var (paused, pause) = (Milliseconds(0), Self.shortestPause)
        while current.isWorthWaiting(at: surroundings.now()), !surroundings.isStopRequested() {
            let left = limit - max(paused, surroundings.uptime() - began)
            guard left > 0 else { return }
            surroundings.observe(.waiting(followed: current.followed, of: current.workerCount))
            surroundings.pause(min(pause, left))
            paused += min(pause, left)
            pause = min(2 * pause, Self.longestPause)
            try take(&current)
            last = current
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

    private func outcome(_ look: ClusterLook?, _ raised: Int64?) -> Outcome {
        guard let look else { return Outcome() }
        return Outcome(
            record: look.record(isRaised: raised != nil, wasAwaited: timeLimit != nil, at: surroundings.now()),
            sight: timeLimit == nil ? .unknown : look.sight)
    }
}
