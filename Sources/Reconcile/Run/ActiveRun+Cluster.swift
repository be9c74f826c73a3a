import Journal
import Removal
import WireGuard

// What a run does for the workers of a cluster. All runs of a call do this together.
extension ActiveRun {
    /// What the other runs of the call need to know of this run.
    struct ForCluster {
        /// Whether it has reached the configs.
        var cameToConfigs: Bool
        /// How far the configs are up to date.
        var files: ConfigFolder.FilesInPlace
        /// The files that are not.
        var unfinished: Set<String>
    }

    var forCluster: ForCluster {
        ForCluster(cameToConfigs: sight.cameToConfigs, files: files, unfinished: unfinished)
    }

    /// Whether the cluster is enabled, so that several runs of a call tell its workers together.
    var hasCluster: Bool {
        guard ClusterState.isPossible(in: database.schema) else { return false }
        // If the database cannot be asked, the run continues alone and meets the same error later.
        let state = try? database.readOnly(while: "read the cluster's settings from the database") { db in
            try ClusterState(in: db, database.schema)
        }
        return state != nil
    }

    /// Whether the run was stopped by something that would also stop the runs after it.
    var stopsTheRest: Bool { (stop != nil && !(stop is GuardStop)) || configsFailure != nil }

    /// Releases the memory that its connection needs for a removal, while the run waits for others.
    func rest() { database.queue.releaseMemory() }

    /// Tells the workers of the cluster what has changed, and waits for them. If no run has reached the configs,
    /// nothing has changed, and the workers are checked once.
    ///
    /// - Parameter others: The runs of the call before this one.
    func followCluster(with others: [ForCluster] = []) -> ClusterFollowing.Outcome {
        let runs = (others + [forCluster]).filter(\.cameToConfigs)
        let limit = runs.isEmpty ? 0 : options.workersTimeLimit
        return ClusterFollowing(
            database: database, configs: configFolder, timeLimit: options.live == nil ? nil : limit,
            surroundings: surroundings
        ).perform(runs.map(\.files).min() ?? .none, unfinished: runs.last?.unfinished ?? [])
    }

    mutating func take(_ outcome: ClusterFollowing.Outcome) {
        (cluster, tunnels.cluster) = (outcome.record, outcome.sight)
        if let sentence = outcome.leftWorkers { configs.errors.append(sentence) }
        guard let error = outcome.failure else { return }
        configs.errors.append(error.description)
        configsFailure = configsFailure ?? error
    }
}
