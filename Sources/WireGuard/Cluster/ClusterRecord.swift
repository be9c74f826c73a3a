import Support

/// The state of the cluster, for the report.
package struct ClusterRecord: Hashable, Sendable, Codable {
    /// The version under which workers fetch the files, at the end of the run.
    package var version: Int64
    /// Whether this call raised the version.
    package var isRaised: Bool
    /// Whether the run gave the workers time to follow. It does so where it inspects live interfaces and has reached the
    /// configs.
    package var wasAwaited: Bool
    /// Whether interfaces are up on this host too.
    package var primaryHasInterfaces: Bool
    /// The workers that were enabled when the run first looked, and those enabled since.
    package var workers: [Worker]
    /// The names of the workers that were disabled before; nil where an earlier version of the program wrote the
    /// report. They are not asked, and decide nothing.
    package var disabledWorkers: [String]?

    package struct Worker: Hashable, Sendable, Codable {
        package var name: String
        /// The version that the worker has reported; nil where it never reported one.
        package var version: Int64?
        /// RFC 3339; nil where the worker was never seen.
        package var lastSeen: String?
        /// Whether it has reported the version that contains every removal, or a later one.
        package var hasFollowed: Bool
        /// Whether it was not seen for ten minutes. The run does not wait for such a worker.
        package var isSilent: Bool
        /// Whether it has reported its peers since it followed.
        package var toldPeers: Bool
        /// Why it cannot be seen that removed keys are gone from it; nil where none are sought. Not part of the report.
        package var missingProof: MissingProof?

        package enum MissingProof: Hashable, Sendable {
            case notReported
            /// Its last report of its peers cannot be read.
            case unreadable
        }

        enum CodingKeys: String, JSONMembers {
            case name, version
            case lastSeen = "last_seen"
            case hasFollowed = "followed"
            case isSilent = "silent"
            case toldPeers = "peers_seen"
        }

        /// Whether it is online and still has an earlier version.
        package var isBehind: Bool { !hasFollowed && !isSilent }

        /// Why the worker cannot be seen without the removed peers, as a sentence; nil where nothing is wrong.
        package var trouble: String? {
            let seen = lastSeen.map { "last seen at \($0)" } ?? "never seen"
            if isSilent { return "worker \(name) is silent, \(seen)" }
            if !hasFollowed { return "worker \(name) has version \(version.map(String.init) ?? "none"), \(seen)" }
            switch missingProof {
            case .unreadable:
                return "worker \(name) has followed, but its report of its peers cannot be read, \(seen)"
            case .notReported: return "worker \(name) has followed and not reported its peers since, \(seen)"
            case nil: return nil
            }
        }
    }

    enum CodingKeys: String, JSONMembers {
        case version = "config_version"
        case isRaised = "raised"
        case wasAwaited = "waited"
        case primaryHasInterfaces = "primary_enable_wireguard"
        case workers
        case disabledWorkers = "disabled_workers"
    }

    /// A one-line summary.
    package var sentence: String {
        let followed = workers.count(where: \.hasFollowed)
        let noun = workers.count == 1 ? "worker" : "workers"
        return
            "cluster: version \(version)\(isRaised ? ", raised" : ""), \(followed) of \(workers.count) \(noun) followed"
    }

    /// How many workers are online and still have an earlier version; 0 where the run did not wait for them.
    package var behind: Int { wasAwaited ? workers.count(where: \.isBehind) : 0 }
    package var silent: Int { workers.count(where: \.isSilent) }
    /// Which workers were not asked, in sentences.
    package var unasked: [String] { (disabledWorkers ?? []).map { "worker \($0) is disabled: not asked" } }
    /// Why workers cannot be seen without the removed peers, in sentences.
    package var troubles: [String] { workers.filter { wasAwaited || $0.isSilent }.compactMap(\.trouble) }
}
