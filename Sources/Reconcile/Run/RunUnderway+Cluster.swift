import Journal
import Removal
import WireGuard

// What a run does for the workers of a cluster, which all runs of a call do together.
extension RunUnderway {
    /// The run's part in what all runs of the call do at its end.
    struct ForCluster {
        /// Whether it has brought the configs up to date.
        var cameToConfigs: Bool
        /// Whether they are, as far as each of them could be.
        var filesAreInPlace: Bool
    }

    var forCluster: ForCluster {
        ForCluster(cameToConfigs: sight.cameToConfigs, filesAreInPlace: filesAreInPlace)
    }

    /// Whether the cluster is enabled, so that several runs of a call tell its workers together.
    var hasCluster: Bool {
        guard ClusterState.isPossible(in: database.schema) else { return false }
        // Where it cannot be asked, the run goes on by itself, and finds the same out then.
        let state = try? database.readOnly(while: "read the cluster's settings from the database") { db in
            try ClusterState(in: db, database.schema)
        }
        return state != nil
    }

    /// Whether something stopped the run that would stop those after it as well.
    var stopsTheRest: Bool { (stop != nil && !(stop is GuardStop)) || configsFailure != nil }

    /// Gives back the memory that its connection needs for a removal, where it has to rest until others are done.
    func rest() { database.queue.releaseMemory() }

    /// The digest of its feed; nil for a run without one.
    var feedDigest: String? { facts.digest }

    /// Tells the workers of the cluster what has changed, and waits for them. Where no run has come to the configs, nothing has,
    /// and one look has to do.
    ///
    /// - Parameter others: the runs of the call before this one.
    func followCluster(with others: [ForCluster] = []) -> ClusterFollowing.Outcome {
        let runs = (others + [forCluster]).filter(\.cameToConfigs)
        let limit = runs.isEmpty ? 0 : options.workersTimeLimit
        return ClusterFollowing(
            database: database, timeLimit: options.live == nil ? nil : limit, surroundings: surroundings
        ).perform(filesAreInPlace: !runs.isEmpty && runs.allSatisfy(\.filesAreInPlace))
    }

    mutating func take(_ outcome: ClusterFollowing.Outcome) {
        (cluster, tunnels.cluster) = (outcome.record, outcome.sight)
        sight.sawTunnels = sight.cameToConfigs && tunnels.tellsGone
        guard let error = outcome.failure else { return }
        configs.errors.append(error.description)
        configsFailure = configsFailure ?? error
    }
}
