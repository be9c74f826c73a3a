import ControlPlane
import GRDB
import Journal
import Support

/// What was seen of the cluster so far, over several looks.
struct ClusterLook {
    private var state: ClusterState
    /// The version that has every removal in it. A worker that has reported it, or a later one, has followed.
    private let required: Int64
    /// The removed keys that no run has seen gone.
    private let unseenKeys: Set<String>
    /// Whether workers were told just now.
    private let isRaised: Bool
    private var followings: [Int64: WorkerFollowing]
    /// What workers have told since they followed, with the time when they told it.
    private var told: [Int64: (at: UTCTime, peers: WorkerPeers)] = [:]
    /// The same as it was found, still to be read.
    private var texts: [Int64: (at: UTCTime, text: String?)] = [:]

    /// - Parameter raised: the version that this call has raised it to; nil where it has not.
    /// - Returns: nil where no cluster is enabled.
    init?(_ db: Database, _ schema: ControlPlaneSchema, raised: Int64?) throws {
        guard let state = try ClusterState(in: db, schema) else { return nil }
        self.state = state
        isRaised = raised != nil
        if try Journal.isExportMarked(in: db) {
            // Files have changed, or will, under a version that is still to come.
            required = max(raised ?? 0, state.version + 1)
        } else if let raised = try raised ?? Journal.raisedVersion(in: db), raised <= state.version {
            // The application may have raised it since. Its exports have no removed account either.
            required = raised
        } else {
            required = state.version
        }
        unseenKeys = Set(try Journal.unseenKeys(in: db).map { WireGuardKey.asRead($0) })
        followings = try Journal.followings(in: db)
    }

    /// Takes in how the workers report themselves now. What they told of their peers is fetched only where it is new, for it
    /// may be long; see ``readPeers()``.
    ///
    /// A cluster that was switched off meanwhile counts as it was: nobody will follow.
    mutating func lookAgain(_ db: Database, _ schema: ControlPlaneSchema) throws {
        state = try ClusterState(in: db, schema) ?? state
        let present = Set(workers.map(\.id))
        followings = followings.filter { present.contains($0.key) }
        for worker in workers {
            guard hasFollowed(worker) else {
                (followings[worker.id], told[worker.id]) = (nil, nil)
                continue
            }
            var following = WorkerFollowing(of: worker)
            if let first = followings[worker.id], first.version >= required, !worker.toldPeersLast { following = first }
            followings[worker.id] = following
            guard following.isBefore(worker), let time = worker.toldPeersAt, told[worker.id]?.at != time else {
                continue
            }
            texts[worker.id] = (
                time,
                try String.fetchOne(
                    db, sql: "SELECT wireguard_status FROM cluster_workerstatus WHERE worker_id = ?",
                    arguments: [worker.id])
            )
        }
    }

    /// Reads what was fetched. To be called outside the transaction.
    mutating func readPeers() {
        for (id, status) in texts { told[id] = WorkerPeers(status.text).map { (status.at, $0) } }
        texts = [:]
    }

    private var workers: [ClusterWorker] { state.workers ?? [] }

    var workerCount: Int { workers.count }
    /// How many have followed.
    var followed: Int { workers.count(where: hasFollowed) }

    private func hasFollowed(_ worker: ClusterWorker) -> Bool { worker.version.map { $0 >= required } ?? false }

    // MARK: What comes of it

    /// Whether a worker that is there may still follow, or tell that it has no removed peer.
    func isWorthWaiting(at now: UTCTime) -> Bool {
        // Without anything new for them, they are waited for only where a removed account has still to be seen gone.
        guard required <= state.version, isRaised || !unseenKeys.isEmpty else { return false }
        return workers.contains { worker in
            if worker.isSilent(at: now) { return false }
            guard hasFollowed(worker) else { return true }
            guard state.tellsPeers, !unseenKeys.isEmpty else { return false }
            guard let peers = told[worker.id]?.peers else { return true }
            return unseenKeys.contains { peers.interfaces[$0] != nil }
        }
    }

    var sight: ClusterSight {
        var sight = ClusterSight()
        sight.primaryHasInterfaces = state.primaryHasInterfaces
        for worker in workers {
            if let peers = told[worker.id]?.peers { sight.add(peers, of: worker) }
        }
        // Where nothing is up on this host and no worker is enabled, nobody could tell.
        sight.seesAll =
            state.workers != nil && (state.primaryHasInterfaces || !workers.isEmpty)
            && workers.allSatisfy { told[$0.id] != nil }
        sight.followings = followings
        return sight
    }

    func record(isRaised: Bool, wasAwaited: Bool, at now: UTCTime) -> ClusterRecord {
        ClusterRecord(
            version: state.version, isRaised: isRaised, wasAwaited: wasAwaited,
            primaryHasInterfaces: state.primaryHasInterfaces,
            workers: workers.map { worker in
                ClusterRecord.Worker(
                    name: worker.name, version: worker.version, lastSeen: worker.lastSeen?.rfc3339,
                    hasFollowed: hasFollowed(worker), isSilent: worker.isSilent(at: now),
                    toldPeers: told[worker.id] != nil)
            })
    }
}
