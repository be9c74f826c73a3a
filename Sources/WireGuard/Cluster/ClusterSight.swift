import ControlPlane
import Journal
import Support

/// What the workers of the cluster report about removed keys.
package struct ClusterSight: Sendable {
    private struct Place {
        var interface: String
        var worker: String
    }

    /// Whether interfaces are up on this host too.
    var primaryHasInterfaces = true
    /// Whether every enabled worker has followed and has reported its peers since.
    var seesAll = false
    /// The interfaces on which a key is a peer, such as `wg0 of worker vpn2`: from what workers have reported since they
    /// followed, and the removed keys that others have reported after the removal.
    private var places: [String: [Place]] = [:]
    /// The interfaces on which the database has a peer with a removed key, by that key.
    var taken: [String: Set<String>] = [:]
    var hasPeers: Bool { !places.isEmpty }
    /// The keys that are a peer on any worker.
    var keys: Set<String> { Set(places.keys) }
    /// Interfaces of workers with a peer that the database does not have on them, among those whose removed peers' keys
    /// were not recorded.
    private var withOtherPeers: Set<String> = []
    /// Kept in the journal, to compare later looks with.
    var followings: [Int64: WorkerFollowing] = [:]

    /// Nobody has looked, or could look.
    static let unknown = ClusterSight()

    /// - Parameter rightful: the database's peers, by the name of each interface whose peers have to be compared.
    mutating func add(_ peers: WorkerPeers, of worker: ClusterWorker, rightful: [String: Set<String>] = [:]) {
        for (key, interfaces) in peers.interfaces {
            withOtherPeers.formUnion(interfaces.filter { rightful[$0]?.contains(key) == false })
            places[key, default: []] += interfaces.sorted().map { Place(interface: $0, worker: worker.name) }
        }
    }

    /// Whether no worker has any of these removed keys.
    ///
    /// - Returns: nil if that was not seen.
    func seesGone(_ keys: [String]) -> Bool? {
        if keys.contains(where: { places[WireGuardKey.asRead($0)] != nil }) { return false }
        return seesAll ? true : nil
    }

    /// Whether a worker has one of these interfaces with a peer that the database does not have on it.
    func seesOtherPeers(on numbers: [Int]) -> Bool { !withOtherPeers.isDisjoint(with: numbers.map(InterfaceName.of)) }

    func sentences(of keys: [String]) -> [String] {
        Set(keys.map { WireGuardKey.asRead($0) }).sorted().compactMap { key in
            places[key].map { places in
                let isTaken = Set(places.map(\.interface)).isSubset(of: taken[key] ?? [])
                let why = isTaken ? ", where the database has another peer with this key" : ""
                let names = places.map { "\($0.interface) of worker \($0.worker)" }.joined(separator: ", ")
                return "tunnel is still up: peer \(WireGuardKey.shortened(key)) on \(names)\(why)"
            }
        }
    }
}

extension WorkerFollowing {
    package init(of worker: ClusterWorker) {
        let isProof = worker.toldPeersLast
        self.init(
            version: worker.version ?? 0,
            toldPeersAt: isProof ? worker.toldPeersAt?.adding(milliseconds: -1) : worker.toldPeersAt)
    }

    /// Whether the worker has reported its peers since. Only its last report is stored, so any other time is that of a
    /// later one, also where the clock was set back.
    func isBefore(_ worker: ClusterWorker) -> Bool {
        guard let time = worker.toldPeersAt else { return false }
        return toldPeersAt != time
    }
}

extension UTCTime {
    func adding(milliseconds: Int64) -> UTCTime {
        let nanoseconds = Int64(nanoseconds) + milliseconds % 1_000 * 1_000_000
        let carried = nanoseconds < 0 ? -1 : nanoseconds / 1_000_000_000
        return UTCTime(
            seconds: seconds + milliseconds / 1_000 + carried,
            nanoseconds: Int32(nanoseconds - carried * 1_000_000_000))
    }
}
