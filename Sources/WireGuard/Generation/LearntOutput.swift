import ControlPlane
import GRDB
import Support

/// What the existing files show about the application: which generation wrote them, and with which settings from its
/// environment.
///
/// The rules in `wg-firewall.sh` are examined first, then the configs, then the tables. If several generations fit,
/// the newest is used. This happens before anything is removed or written.
package struct LearntOutput: Sendable {
    package enum Evidence: String, Sendable {
        case script = "wg-firewall.sh"
        case configs
        case tables
    }

    let generation: Generation
    /// What the generation was recognised from, the strongest evidence first.
    let evidence: [Evidence]
    /// The MTU of every config; nil for none.
    let mtu: Int?
    /// Whether VPN clients may reach the application's own pages.
    let letsClientsReachApplication: Bool
    /// Why the script on disk is left alone; nil where it may be replaced.
    package let foreignScript: String?

    package init(
        generation: Generation, evidence: [Evidence], mtu: Int?, letsClientsReachApplication: Bool,
        foreignScript: String?
    ) {
        self.generation = generation
        self.evidence = evidence
        self.mtu = mtu
        self.letsClientsReachApplication = letsClientsReachApplication
        self.foreignScript = foreignScript
    }
}

extension LearntOutput {
    /// - Parameter mtu: the MTU that the operator gives; nil to use the MTU of the configs.
    package init(in folder: OpenFolder, of database: ControlPlaneDatabase, mtu: Int?) throws {
        let numbers = try database.readOnly(while: "read the instances of the database") { db in
            var numbers: Set<Int> = []
            try HeldStatement(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance").forEachRow { row in
                if row.isInteger(0) { numbers.insert(row.integer(0)) }
            }
            return numbers
        }
        let configs = try ConfigsFailure.wrapping { () throws(FileFailure) in
            try ConfigEvidence(in: folder, of: numbers)
        }
        // A script that cannot be read is no evidence. It is reported when it would be replaced.
        let script = (try? ScriptOnDisk(in: folder)) ?? .none
        self.init(script, configs, database.schema.capabilities, mtu: mtu)
    }

    package init(_ script: ScriptOnDisk, _ configs: ConfigEvidence, _ schema: SchemaCapabilities, mtu: Int?) {
        var candidates = Generation.all.filter { $0.fits(schema) }
        var evidence: [Evidence] = []
        let (fitting, foreignScript) = Self.generations(of: script, among: candidates)
        if let fitting {
            candidates = fitting
            evidence.append(.script)
        }
        if let keepsEmptyCommands = configs.keepsEmptyCommands {
            let fitting = candidates.filter { $0.layout.keepsEmptyCommands == keepsEmptyCommands }
            // The export of a single instance can be newer than the script. The script takes precedence.
            if !fitting.isEmpty {
                candidates = fitting
                evidence.append(.configs)
            }
        }
        evidence.append(.tables)
        // The oldest generation requires no table, so there is always one.
        let generation = candidates.last ?? .upTo9968
        let letsClientsReachApplication =
            switch script {
            case .application(let script) where foreignScript == nil:
                script.letsClientsReachApplication(generation) ?? false
            case .own(_, let learnt): learnt ?? false
            default: false
            }
        self.init(
            generation: generation, evidence: evidence, mtu: mtu ?? configs.mtu,
            letsClientsReachApplication: letsClientsReachApplication, foreignScript: foreignScript)
    }

    /// - Returns: the generations that fit a script, or nil where it is no evidence; and why it must be left alone.
    private static func generations(
        of script: ScriptOnDisk, among candidates: [Generation]
    ) -> ([Generation]?, String?) {
        switch script {
        case .none, .own(nil, _): return (nil, nil)
        case .own(let name?, _):
            guard Generation.named(name) != nil else { return (nil, "a newer wg-reconcile wrote it") }
            let fitting = candidates.filter { $0.name == name }
            // Nothing fits if the database was replaced by an older one.
            return (fitting.isEmpty ? nil : fitting, nil)
        case .application(let script):
            let fitting = candidates.filter(script.fits)
            if !fitting.isEmpty { return (fitting, nil) }
            return (nil, "it fits no known release of the application" + (script.oddity.map { " (\($0))" } ?? ""))
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
