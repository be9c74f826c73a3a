import ControlPlane
import Journal
import Removal
import Support
import WireGuard

/// Brings only configs and live interfaces up to date from the database: `wg-reconcile regenerate`, and a call on an
/// empty inbox.
package struct Regeneration: Sendable {
    package struct Result: Sendable {
        package var record: ConfigsRecord
        package var failure: (any ExplainedError)?
        /// How many removed accounts have keys that no run has seen gone. Nil where interfaces are not checked, or where
        /// the journal could not be read.
        package var tunnels: TunnelCounts?
        /// What the workers of the cluster did; nil where there is no cluster.
        package var cluster: ClusterRecord?

        package var exitStatus: ExitStatus {
            if let failure { return failure.exitStatus }
            let isWhole = record.regenerated && record.errors.isEmpty && cluster?.behind ?? 0 == 0
            return isWhole && tunnels?.isEmpty != false ? .success : .attentionNeeded
        }
    }

    let databasePath: String
    let wireguardDirectory: String
    let busyTimeout: Double
    /// The MTU that every config sets; nil to keep that of the existing configs.
    let mtu: Int?
    let keepsFirewall: Bool
    let acceptedColumns: Set<AcceptedColumn>
    /// Who may own the database. Its content decides what commands root runs when an interface goes up.
    let trust: FileTrust
    /// How to reach live interfaces; nil to leave them alone.
    let live: LiveAccess?
    /// Interfaces that did not answer earlier in this call.
    private var silent = SilentInterfaces()
    /// Seconds to wait for the workers of a cluster.
    let workersTimeLimit: Double
    let surroundings: Surroundings

    package init(
        databasePath: String, wireguardDirectory: String, busyTimeout: Double, mtu: Int? = nil,
        keepsFirewall: Bool = false, accepting acceptedColumns: Set<AcceptedColumn> = [],
        trust: FileTrust = FileTrust(),
        live: LiveAccess?,
        workersTimeLimit: Double = Reconciliation.Options.usualWorkersTimeLimit, _ surroundings: Surroundings
    ) {
        self.surroundings = surroundings
        self.workersTimeLimit = workersTimeLimit
        self.live = live
        self.trust = trust
        self.acceptedColumns = acceptedColumns
        self.mtu = mtu
        self.keepsFirewall = keepsFirewall
        self.databasePath = databasePath
        self.wireguardDirectory = wireguardDirectory
        self.busyTimeout = busyTimeout
    }

    /// Regenerates as a run with these options would.
    package init(
        _ options: Reconciliation.Options, _ surroundings: Surroundings, silent: SilentInterfaces = SilentInterfaces()
    ) {
        self.init(
            databasePath: options.databasePath, wireguardDirectory: options.wireguardDirectory,
            busyTimeout: options.busyTimeout, mtu: options.mtu, keepsFirewall: options.keepsFirewall,
            accepting: options.acceptedColumns,
            trust: options.databaseTrust, live: options.live, workersTimeLimit: options.workersTimeLimit,
            surroundings)
        self.silent = silent
    }

    /// - Throws: an ``ExplainedError`` where nothing could be done at all.
    package func perform() throws -> Result {
        try ControlPlaneDatabase.requireFile(databasePath, trust: trust)
        return try RunLock.holding(ofDatabaseAt: databasePath, now: surroundings.now()) { try perform(open()) }
    }

    /// A control plane that is ready to be brought up to date.
    struct Place {
        let database: ControlPlaneDatabase
        let folder: ConfigFolder
        fileprivate let view: LiveView
    }

    /// - Throws: an ``ExplainedError`` where configs or interfaces cannot be brought up to date.
    func open() throws -> Place {
        let database = try ControlPlaneDatabase(
            opening: databasePath, busyTimeout: busyTimeout, accepting: acceptedColumns, trust: trust)
        let folder = try ConfigFolder(
            existing: wireguardDirectory, of: database, mtu: mtu, keepsFirewall: keepsFirewall)
        var view = try LiveView(live, silent: silent)
        try view.requireReach(of: database, configs: folder)
        return Place(database: database, folder: folder, view: view)
    }

    /// Call it with the lock held.
    ///
    /// - Parameter restored: the accounts whose interfaces are to be brought up.
    func perform(_ place: Place, restored: [RestoredAccount] = []) throws -> Result {
        let (database, folder) = (place.database, place.folder)
        surroundings.observe(.began(.configs))
        var causes = ConfigFolder.Causes()
        causes.restoredInterfaces = Set(restored.flatMap(\.interfaceNumbers))
        let update = try folder.bringUpToDate(from: database, causes: causes, live: place.view, surroundings)
        var result = Result(record: update.record, failure: update.failure)
        let cluster = ClusterFollowing(
            database: database, configs: folder, timeLimit: live == nil ? nil : workersTimeLimit,
            surroundings: surroundings
        ).perform(update.files, unfinished: update.unfinished)
        result.take(cluster)
        do {
            result.tunnels = try noteTunnels(
                TunnelSight(isAsked: live != nil, proof: update.proof, cluster: cluster.sight), in: database)
        } catch let error as any ExplainedError {
            // What was done remains valid.
            result.failure = result.failure ?? error
        }
        return result
    }

    /// - Returns: How many removed accounts have keys that no run has seen gone; nil where interfaces are not checked.
    private func noteTunnels(_ tunnels: TunnelSight, in database: ControlPlaneDatabase) throws -> TunnelCounts? {
        guard live != nil else { return nil }
        try tunnels.reopenRemovals(in: database)
        if tunnels.proof != nil || tunnels.cluster != nil {
            try database.write(while: "note in the journal of the database which tunnels are down") { db in
                try Journal.note(tunnels.sighting, at: surroundings.now(), in: db)
            }
        }
        return try database.readOnly(while: "read the journal of the database", Journal.tunnels)
    }
}

extension Regeneration.Result {
    fileprivate mutating func take(_ outcome: ClusterFollowing.Outcome) {
        cluster = outcome.record
        if let sentence = outcome.leftWorkers { record.errors.append(sentence) }
        guard let error = outcome.failure else { return }
        record.errors.append(error.description)
        failure = failure ?? error
    }
}
