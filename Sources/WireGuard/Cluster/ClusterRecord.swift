/// What the report says of the cluster.
package struct ClusterRecord: Hashable, Sendable, Decodable {
    /// The version under which workers fetch the files, as it was when the run ended.
    package var version: Int64
    /// Whether this call made it higher.
    package var isRaised: Bool
    /// Whether they were waited for, as is done where live interfaces are looked at.
    package var wasAwaited: Bool
    /// Whether interfaces are up on this host too.
    package var primaryHasInterfaces: Bool
    /// Those that are enabled.
    package var workers: [Worker]

    package struct Worker: Hashable, Sendable, Decodable {
        package var name: String
        /// The version that it has reported; nil where it never did.
        package var version: Int64?
        /// RFC 3339; nil where it never was.
        package var lastSeen: String?
        /// Whether it has reported the version that has every removal in it, or a later one.
        package var hasFollowed: Bool
        /// Whether it was not seen for ten minutes, so that the run did not wait for it.
        package var isSilent: Bool
        /// Whether it has told since it followed which peers it has.
        package var toldPeers: Bool

        enum CodingKeys: String, CodingKey {
            case name, version
            case lastSeen = "last_seen"
            case hasFollowed = "followed"
            case isSilent = "silent"
            case toldPeers = "peers_seen"
        }

        /// Whether it is there, and has an earlier version.
        package var isBehind: Bool { !hasFollowed && !isSilent }

        /// What keeps it from being seen without the removed peers, as a sentence; nil where nothing does.
        package var trouble: String? {
            let seen = lastSeen.map { "last seen at \($0)" } ?? "never seen"
            if isSilent { return "worker \(name) is silent, \(seen)" }
            if !hasFollowed { return "worker \(name) has version \(version.map(String.init) ?? "none"), \(seen)" }
            return nil
        }
    }

    enum CodingKeys: String, CodingKey {
        case workers
        case version = "config_version"
        case isRaised = "raised"
        case wasAwaited = "waited"
        case primaryHasInterfaces = "primary_enable_wireguard"
    }

    /// The whole in half a sentence.
    package var sentence: String {
        let followed = workers.count(where: \.hasFollowed)
        let noun = workers.count == 1 ? "worker" : "workers"
        return
            "cluster: version \(version)\(isRaised ? ", raised" : ""), \(followed) of \(workers.count) \(noun) followed"
    }

    /// How many are there, and have an earlier version; 0 where nobody gave them the time to follow.
    package var behind: Int { wasAwaited ? workers.count(where: \.isBehind) : 0 }
    package var silent: Int { workers.count(where: \.isSilent) }
    /// What keeps workers from being seen without the removed peers, in sentences.
    package var troubles: [String] { workers.filter { wasAwaited || $0.isSilent }.compactMap(\.trouble) }
}
