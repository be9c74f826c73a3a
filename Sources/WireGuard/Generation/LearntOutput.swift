import ControlPlane
import GRDB
import Journal
import Support

/// What the existing files show about the application: which generation wrote them, and with which settings from its
/// environment.
///
/// The tables limit which generations are possible. Among these, the rules in `wg-firewall.sh` are examined first, then
/// the configs. If several generations fit, the newest is used. This happens before anything is removed or written.
package struct LearntOutput: Sendable {
    enum Evidence: String, Sendable {
        case script = "wg-firewall.sh"
        case configs
        case tables
    }

    let generation: Generation
    /// How configs are written. It is not the generation's where every config shows an older generation than the script
    /// or the tables: the application may not have exported the configs yet. Nor where every config shows a newer one than
    /// the script: the export of a single instance does not write the script.
    private(set) var layout: ConfigLayout
    /// What the generation was recognised from, the strongest evidence first.
    let evidence: [Evidence]
    /// The MTU of every config; nil for none.
    private(set) var mtu: Int?
    /// The configs that the MTU was learnt from; nil where the operator gave it.
    private var configsWithMTU: ConfigEvidence?
    /// Whether VPN clients may reach the application's own pages.
    let letsClientsReachApplication: Bool
    /// Whose the configs in the folder are.
    package private(set) var ownership = ConfigOwnership()
    /// Why the script on disk is left alone; nil where it may be replaced.
    package let foreignScript: String?

    init(
        generation: Generation, evidence: [Evidence], mtu: Int?, letsClientsReachApplication: Bool,
        foreignScript: String?
    ) {
        self.generation = generation
        layout = generation.layout
        self.evidence = evidence
        self.mtu = mtu
        self.letsClientsReachApplication = letsClientsReachApplication
        self.foreignScript = foreignScript
    }
}

extension LearntOutput {
    /// - Parameter mtu: the MTU that the operator gives; nil to use the MTU of the configs.
    /// - Throws: ``DatabaseFailure`` if the configs are of a later release than the tables.
    package init(in folder: OpenFolder, of database: ControlPlaneDatabase, mtu: Int?) throws {
        let reading = "read the instances of the database"
        let instances = try database.readOnly(while: reading) { db in
            var keys: [Int: String] = [:]
            try HeldStatement(db, sql: "SELECT instance_id, private_key FROM wireguard_wireguardinstance").forEachRow {
                row in
                if row.isInteger(0) { keys[row.integer(0)] = WireGuardKey.asRead(row.text(1) ?? "") }
            }
            return keys
        }
        var configs = try ConfigsFailure.wrapping { () throws(FileFailure) in
            try ConfigEvidence(in: folder, of: instances)
        }
        try configs.know { numbers in
            try database.readOnly(while: "read the keys of the database and its journal") { db in
                try ConfigOwnership.Keys.ofInstances(numbers, in: db)
            }
        }
        // A script that cannot be read is no evidence. It is reported when it would be replaced.
        let script = (try? ScriptOnDisk(in: folder)) ?? .none
        let schema = database.schema.capabilities
        self.init(script, configs, schema, mtu: mtu)
        ownership = configs.ownership
        let difference = difference(from: configs, schema)
        guard let difference else { return }
        throw DatabaseFailure(
            .unknownSchema(UnknownSchema(difference, in: schema)), while: "use the database", on: database.path)
    }

    /// What the configs show that the tables do not have, or the tables show of two applications at once.
    private func difference(from configs: ConfigEvidence, _ schema: SchemaCapabilities) -> SchemaDifference? {
        if configs.runsBandwidthScripts && !schema.limitsBandwidth {
            return SchemaDifference(missing: [
                "column wireguard_wireguardinstance.bandwidth_limit_enabled, which the application has that wrote the configs"
            ])
        }
        guard !evidence.contains(.script) else { return nil }
        if let fork = Generation.fork.mark(in: schema), let upstream = Generation.markAfterFork(in: schema) {
            return SchemaDifference(contradictory: ["\(fork), of the fork", "\(upstream), of a later upstream release"])
        }
        guard configs.namesPeers, !layout.namesPeers else { return nil }
        return SchemaDifference(
            missing: ["column wireguard_peer.suspended, which the release that wrote the configs has"])
    }

    init(_ script: ScriptOnDisk, _ configs: ConfigEvidence, _ schema: SchemaCapabilities, mtu: Int?) {
        let possible = Generation.all.filter { $0.fits(schema) }
        // Only a script of the application's own shows that it has not exported anything since it was upgraded.
        var candidates = possible.filter { $0.suspendsPeers || !schema.suspendsPeers }
        var evidence: [Evidence] = []
        let isApplicationScript = if case .application = script { true } else { false }
        let (fitting, foreignScript) = Self.generations(
            of: script, among: isApplicationScript ? possible : candidates, schema)
        if let fitting {
            candidates = fitting
            evidence.append(.script)
        }
        var keptLayout: ConfigLayout?
        if let keepsEmptyCommands = configs.keepsEmptyCommands {
            let fitting = candidates.filter { $0.layout.keepsEmptyCommands == keepsEmptyCommands }
            if !fitting.isEmpty {
                candidates = fitting
                evidence.append(.configs)
            } else if keepsEmptyCommands {
                keptLayout =
                    Generation.all.last { $0.layout.keepsEmptyCommands && $0.isReached(by: schema) }?.layout
                evidence.append(.configs)
            } else if configs.namesPeers && !configs.hasEmptyCommands {
                // All were exported one by one since the script was: no such export writes the script.
                keptLayout =
                    Generation.all.last { !$0.layout.keepsEmptyCommands && $0.isReached(by: schema) }?.layout
                evidence.append(.configs)
            }
            // Otherwise the export of a single instance is newer than the script, or somebody edited a config. The
            // script takes precedence.
        }
        evidence.append(.tables)
        // Every table or column that excludes a generation is a mark of a later one, so there is always one.
        let generation = candidates.last ?? .upTo9968
        let letsClientsReachApplication =
            switch script {
            case .application(let script) where foreignScript == nil:
                script.letsClientsReachApplication(generation) ?? false
            case .own(_, let learnt): learnt ?? false
            default: false
            }
        self.init(
            generation: generation, evidence: evidence, mtu: mtu ?? configs.mtu(),
            letsClientsReachApplication: letsClientsReachApplication, foreignScript: foreignScript)
        if let keptLayout { layout = keptLayout }
        if mtu == nil { configsWithMTU = configs }
    }

    /// With the MTU of the configs that stay.
    func ofThoseWhoStay(without removed: Set<Int>) -> Self {
        guard let configsWithMTU, !removed.isEmpty else { return self }
        var learnt = self
        learnt.mtu = configsWithMTU.mtu(without: removed)
        return learnt
    }

    /// How the configs differ in their MTU; nil where they do not, or where the operator gave it.
    ///
    /// - Parameter removed: instances that were removed since. Their configs do not count.
    package func mixedMTU(without removed: Set<Int> = []) -> String? {
        configsWithMTU?.mixedMTU(without: removed, taken: mtu)
    }

    /// - Returns: the generations that fit a script, or nil where it is no evidence; and why it must be left alone.
    private static func generations(
        of script: ScriptOnDisk, among candidates: [Generation], _ schema: SchemaCapabilities
    ) -> ([Generation]?, String?) {
        switch script {
        case .none, .own(nil, _): return (nil, nil)
        case .own(let name?, _):
            guard Generation.named(name) != nil else { return (nil, "a newer wg-reconcile wrote it") }
            let fitting = candidates.filter { $0.name == name }
            // Nothing fits if the database was replaced by an older one.
            return (fitting.isEmpty ? nil : fitting, nil)
        case .application(let script):
            if script.enforcesRoutes && !schema.enforcesRoutes {
                return (nil, "it limits peers to their routes, but the database has no column for this")
            }
            let fitting = candidates.filter(script.fits)
            if !fitting.isEmpty { return (fitting, nil) }
            let releases = Generation.all.filter(script.fits).map(\.releases)
            if !releases.isEmpty {
                return (
                    nil, "it is that of \(releases.joined(separator: " or ")), which cannot work with this database"
                )
            }
            return (nil, "it matches no known release of the application" + (script.oddity.map { " (\($0))" } ?? ""))
        case .somebodyElses: return (nil, "neither the application nor wg-reconcile wrote it")
        }
    }

    /// Whether a script may be replaced by one of this generation. The script may have changed since it was examined:
    /// the application may have exported meanwhile, but its script must be of the same generation.
    func mayReplace(_ script: ScriptOnDisk) -> Bool {
        guard foreignScript == nil else { return false }
        return switch script {
        case .none, .own: true
        case .application(let script): script.fits(generation)
        case .somebodyElses: false
        }
    }
}

extension ConfigOwnership.Keys {
    /// The keys of the instances that the database has under these numbers, and of those that runs have removed.
    fileprivate static func ofInstances(_ numbers: Set<Int>, in db: Database) throws -> [Int: Self] {
        var keys = try Journal.removedInterfaces(among: numbers, in: db).mapValues { removed in
            Self(ofInterface: removed.publicKeys, ofPeers: removed.peerKeys)
        }
        let peers = try HeldStatement(
            db,
            sql: """
                SELECT instance.instance_id, peer.public_key FROM wireguard_wireguardinstance AS instance
                JOIN wireguard_peer AS peer ON peer.wireguard_instance_id = instance.uuid
                """)
        try peers.forEachRow { row in
            guard row.isInteger(0), numbers.contains(row.integer(0)), let key = row.text(1) else { return }
            keys[row.integer(0), default: Self()].ofPeers.insert(WireGuardKey.asRead(key))
        }
        return keys
    }
}
