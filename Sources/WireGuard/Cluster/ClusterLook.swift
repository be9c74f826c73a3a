import ControlPlane
import GRDB
import Journal
import Support

/// What this run has seen of the cluster, over several looks.
struct ClusterLook {
    private var state: ClusterState
    /// The first version whose files contain every removal. A worker that has reported it, or a later one, has
    /// followed.
    private let required: Int64
    /// Whether the files of that version surely hold no removed peer.
    private let isProof: Bool
    /// The removed keys that no run has yet seen gone, and when each was removed.
    private let unseenKeys: [String: UTCTime]
    /// The database's peers on interfaces from which an earlier version has removed others without recording their
    /// keys, by the interface's name.
    private let rightful: [String: Set<String>]
    /// The interfaces on which the database has a peer with a removed key, by that key.
    private let taken: [String: Set<String>]
    /// Whether this call raised the version.
    private let isRaised: Bool
    /// Workers that were enabled at the first look and no longer are, as they were last seen. Their interfaces may still
    /// be up.
    private var disabled: [ClusterWorker] = []
    private var followings: [Int64: WorkerFollowing]
    /// The peers that workers have reported since they followed, and when they reported them.
    private var told: [Int64: (at: UTCTime, peers: WorkerPeers)] = [:]
    /// The peers that workers reported without having followed. A removed key that was reported after its removal is
    /// up. A key that is missing from the report proves nothing.
    private var toldBefore: [Int64: (at: UTCTime, peers: WorkerPeers)] = [:]
    /// The workers whose last report of peers cannot be read.
    private var unreadable: Set<Int64> = []
    /// Reports of peers as stored in the database, not yet parsed.
    private var texts: [Int64: (at: UTCTime, text: String?)] = [:]

    /// - Parameters:
    ///   - raised: the version that this call has raised the cluster to; nil where it has not.
    ///   - isTold: whether this call has told the workers what there was to tell. If not, and if files have changed, the
    ///     version that covers them is still to come.
    ///   - isWhole: whether no single file was left as it was.
    /// - Returns: nil where no cluster is enabled.
    init?(_ db: Database, _ schema: ControlPlaneSchema, raised: Int64?, isTold: Bool, isWhole: Bool) throws {
        guard let state = try ClusterState(in: db, schema) else { return nil }
        self.state = state
        isRaised = raised != nil
        let isMarked = try Journal.isExportMarked(in: db)
        let last = try raised ?? Journal.raisedVersion(in: db)
        if try isMarked && !isTold || state.hasGoneBack(in: db) {
            required = min(max(state.version, last ?? 0), ClusterState.highestVersion - 1) + 1
        } else {
            // The application may have raised the version since. Its exports do not contain removed accounts either.
            required = last ?? state.version
        }
        isProof = isWhole && !isMarked
        unseenKeys = Dictionary(
            try Journal.unseenKeys(in: db).map { (WireGuardKey.asRead($0.key), $0.value) }, uniquingKeysWith: max)
        rightful = try Self.peers(ofInterfaces: Journal.unseenInterfacesWithoutKeys(in: db), in: db)
        taken = try Self.interfaces(ofPeersWith: Set(unseenKeys.keys), in: db)
        followings = try Journal.followings(in: db)
    }

    private static func interfaces(
        ofPeersWith keys: Set<String>, in db: Database
    ) throws -> [String: Set<String>] {
        guard !keys.isEmpty else { return [:] }
        var interfaces: [String: Set<String>] = [:]
        let peers = try HeldStatement(
            db,
            sql: """
                SELECT peer.public_key, instance.instance_id FROM wireguard_peer AS peer
                JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id
                """)
        try peers.forEachRow { row in
            guard let key = row.text(0).map({ WireGuardKey.asRead($0) }), keys.contains(key), row.isInteger(1) else {
                return
            }
            interfaces[key, default: []].insert(InterfaceName.of(row.integer(1)))
        }
        return interfaces
    }

    private static func peers(ofInterfaces numbers: Set<Int>, in db: Database) throws -> [String: Set<String>] {
        var peers: [String: Set<String>] = [:]
        for number in numbers {
            let keys = try String.fetchAll(
                db,
                sql: """
                    SELECT peer.public_key FROM wireguard_peer AS peer JOIN wireguard_wireguardinstance AS instance
                    ON instance.uuid = peer.wireguard_instance_id WHERE instance.instance_id = ?
                    """, arguments: [number])
            peers[InterfaceName.of(number)] = Set(keys.map { WireGuardKey.asRead($0) })
        }
        return peers
    }

    /// Reads the current reports of the workers. A worker's list of peers may be long, so it is fetched only where it
    /// is new; see ``readPeers()``.
    ///
    /// If the cluster was disabled meanwhile, its last state stays: no worker will follow.
    ///
    /// - Parameter now: a report that is later was made before the clock was set back. It proves nothing yet.
    mutating func lookAgain(_ db: Database, _ schema: ControlPlaneSchema, now: UTCTime) throws {
        let earlier = workers
        state = try ClusterState(in: db, schema) ?? state
        let enabled = Set((state.workers ?? []).map(\.id))
        disabled = earlier.filter { !enabled.contains($0.id) }
        let present = Set(workers.map(\.id))
        followings = followings.filter { present.contains($0.key) }
        for worker in workers {
            guard hasFollowed(worker) else {
                (followings[worker.id], told[worker.id]) = (nil, nil)
                if let time = worker.toldPeersAt, time.seconds <= now.seconds, toldBefore[worker.id]?.at != time,
                    unseenKeys.values.contains(where: { Self.isAfter(time, removal: $0) })
                {
                    texts[worker.id] = (time, try Self.report(of: worker, in: db))
                }
                continue
            }
            toldBefore[worker.id] = nil
            var following = WorkerFollowing(of: worker)
            if let first = followings[worker.id], first.version >= required, !worker.toldPeersLast { following = first }
            followings[worker.id] = following
            guard following.isBefore(worker), let time = worker.toldPeersAt, time.seconds <= now.seconds,
                told[worker.id]?.at != time
            else { continue }
            texts[worker.id] = (time, try Self.report(of: worker, in: db))
        }
    }

    /// Whether a report was surely made after a removal, whose time is in whole seconds.
    private static func isAfter(_ report: UTCTime, removal: UTCTime) -> Bool { report.seconds > removal.seconds }

    private static func report(of worker: ClusterWorker, in db: Database) throws -> String? {
        try String.fetchOne(
            db, sql: "SELECT wireguard_status FROM cluster_workerstatus WHERE worker_id = ?", arguments: [worker.id])
    }

    /// Parses the fetched reports. Call it outside the transaction.
    mutating func readPeers() {
        for (id, status) in texts {
            let report = WorkerPeers(status.text).map { (at: status.at, peers: $0) }
            if status.text != nil && report == nil { unreadable.insert(id) } else { unreadable.remove(id) }
            if followings[id] == nil { toldBefore[id] = report } else { told[id] = report }
        }
        texts = [:]
    }

    private var workers: [ClusterWorker] { (state.workers ?? []) + disabled }

    var workerCount: Int { workers.count }
    /// How many workers have followed.
    var followed: Int { workers.count(where: hasFollowed) }

    /// A higher version than the current one is from before the version went back.
    private func hasFollowed(_ worker: ClusterWorker) -> Bool {
        worker.version.map { required <= $0 && $0 <= state.version } ?? false
    }

    // MARK: Results

    /// Whether a worker that is online may still follow, or may still report that its removed peers are gone.
    func isWorthWaiting(at now: UTCTime) -> Bool {
        // If this call did not raise the version, wait only for removed keys that nobody has seen gone.
        guard required <= state.version, isRaised || !unseenKeys.isEmpty else { return false }
        // The application does not answer a disabled worker.
        return (state.workers ?? []).contains { worker in
            if worker.isSilent(at: now) { return false }
            guard hasFollowed(worker) else { return true }
            guard state.tellsPeers, !unseenKeys.isEmpty else { return false }
            guard let peers = told[worker.id]?.peers else { return true }
            return unseenKeys.keys.contains { peers.interfaces[$0] != nil }
        }
    }

    var sight: ClusterSight {
        var sight = ClusterSight()
        sight.primaryHasInterfaces = state.primaryHasInterfaces
        sight.taken = taken
        for worker in workers {
            if let peers = told[worker.id]?.peers {
                sight.add(peers, of: worker, rightful: rightful)
            } else if let report = toldBefore[worker.id] {
                let removed = report.peers.limited { key in
                    unseenKeys[key].map { Self.isAfter(report.at, removal: $0) } ?? false
                }
                sight.add(removed, of: worker)
            }
        }
        // If this host has no interfaces and no worker is enabled, nothing was seen. Where the schema does not record
        // peers, nothing is proved, even if no worker is enabled now.
        sight.seesAll =
            isProof && required <= state.version && state.workers != nil && state.tellsPeers
            && (state.primaryHasInterfaces || !workers.isEmpty)
            && workers.allSatisfy { told[$0.id] != nil }
        sight.followings = followings
        return sight
    }

    private func missingProof(of worker: ClusterWorker) -> ClusterRecord.Worker.MissingProof? {
        guard told[worker.id] == nil, !unseenKeys.isEmpty else { return nil }
        return unreadable.contains(worker.id) ? .unreadable : .notReported
    }

    func record(isRaised: Bool, wasAwaited: Bool, at now: UTCTime) -> ClusterRecord {
        let known = Set(workers.map(\.id))
        return ClusterRecord(
            version: state.version, isRaised: isRaised, wasAwaited: wasAwaited,
            primaryHasInterfaces: state.primaryHasInterfaces,
            workers: workers.map { worker in
                ClusterRecord.Worker(
                    name: worker.name, version: worker.version, lastSeen: worker.lastSeen?.rfc3339,
                    hasFollowed: hasFollowed(worker), isSilent: worker.isSilent(at: now),
                    toldPeers: told[worker.id] != nil,
                    missingProof: missingProof(of: worker))
            }, disabledWorkers: state.disabledWorkers.filter { !known.contains($0.id) }.map(\.name))
    }
}
