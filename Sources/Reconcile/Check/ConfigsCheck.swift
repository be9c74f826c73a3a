import ControlPlane
import Feed
import GRDB
import Glibc
import Journal
import Removal
import Report
import Support
import WireGuard

/// The folder of the WireGuard configs, and what a regeneration would change there.
struct ConfigsCheck {
    private static let subject = "configs"

    /// What the checks that follow need to know of the folder.
    struct Seen {
        let folder: OpenFolder
        let learnt: LearntOutput
        /// The firewall script that the next run would write, if the one on disk may be replaced.
        let nextScript: String
    }

    /// What was found, and what was seen of the folder; nil where it could not be read.
    static func findings(
        _ options: Reconciliation.Options, _ database: ControlPlaneDatabase?
    ) -> (findings: [Finding], seen: Seen?) {
        guard !options.wireguardDirectory.isEmpty else { return ([], nil) }
        let path = options.wireguardDirectory
        var seen: Seen?
        do {
            let folder = try ConfigFolder.open(path)
            try ConfigsFailure.wrapping { () throws(FileFailure) in try DurableFile.tryFile(in: folder) }
            let writable = Finding.ok(subject, "\(path) can be written")
            guard let database else { return ([writable], nil) }
            let check = try ConfigsCheck(folder, options, database)
            seen = Seen(folder: folder, learnt: check.learnt, nextScript: check.firewall.text)
            return try ([writable] + check.findings(), seen)
        } catch let error as any ExplainedError {
            return ([.problem(subject, error)], seen)
        } catch {
            return ([.problem(subject, "\(error)", try: "check the folder of the configs")], seen)
        }
    }

    private let folder: OpenFolder
    private let options: Reconciliation.Options
    private let learnt: LearntOutput
    private let rendering: ConfigRendering
    private let firewall: FirewallScript
    /// Files that belong to no instance known to the database or the journal.
    private let strays: [String]

    private init(
        _ folder: OpenFolder, _ options: Reconciliation.Options, _ database: ControlPlaneDatabase
    ) throws {
        let names = try folder.names().filter(InterfaceName.isConfig)
        let schema = database.schema.capabilities
        let learnt = try LearntOutput(in: folder, of: database, mtu: options.mtu)
        let bandwidth = schema.limitsBandwidth ? try BandwidthScripts(in: folder) : nil
        (self.folder, self.options, self.learnt) = (folder, options, learnt)
        (rendering, firewall, strays) = try database.readOnly(while: "read the configs from the database") { db in
            let rendering = try ConfigRendering(reading: db, schema, learnt, bandwidth)
            let others = names.filter { name in
                InterfaceName.number(ofConfig: name).map(rendering.interfaceNumbers.contains) != true
            }
            let removed = try Journal.removedInterfaces(
                among: Set(others.compactMap(InterfaceName.number(ofConfig:))), in: db)
            return (
                rendering, try FirewallScript(reading: db, schema, learnt),
                others.filter { name in InterfaceName.number(ofConfig: name).flatMap { removed[$0] } == nil }
            )
        }
    }

    private func findings() throws -> [Finding] {
        let obstacles = try obstacles()
        return try [recognition, content(besides: obstacles)] + unreplaceable(obstacles) + unwritable + owners()
            + strayConfigs + mixedMTU + script
    }

    private func content(besides obstacles: [String: String]) throws -> Finding {
        // What would stop a run.
        if let refusal = learnt.ownership.refusal(of: folder.path) { return .problem(Self.subject, refusal) }
        let comparison = try ConfigsComparison(
            of: rendering.configs.filter { obstacles[$0.fileName] == nil }, in: folder)
        if let doubt = comparison.doubt(of: folder.path, strays: strays.count) {
            return .problem(
                Self.subject,
                "\(doubt); it is probably not the folder that the application uses, and a run would write every "
                    + "customer's key into it",
                try:
                    "give the folder of this database with --wireguard-dir; if it is this one, export the configs in the "
                    + "application, and check whether --mtu is what the application has")
        }
        let foreign = learnt.ownership.foreign
        guard foreign.isEmpty else {
            return .problem(
                Self.subject,
                "with a private key that no instance of the database has, or none and other peers: \(foreign.firstFew()); "
                    + "a run leaves those with other peers as they are, and writes the others anew",
                try:
                    "if their keys were renewed, export the configs in the application; otherwise find out whose they are"
            )
        }
        guard !comparison.differing.isEmpty else {
            return .ok(Self.subject, "the \(rendering.configs.count) that exist match the database")
        }
        return .note(
            Self.subject,
            "\(comparison.differing.count) of \(rendering.configs.count) differ from the database, which the next "
                + "run corrects: "
                + comparison.differing.firstFew(),
            try: options.mtu == nil ? nil : "if all differ, check whether --mtu is what the application has")
    }

    private static let mountPoint = "a mount point of its own"

    /// Files of the program that it could not replace, each with the reason.
    private func obstacles() throws -> [String: String] {
        var obstacles: [String: String] = [:]
        let names =
            rendering.configs.map(\.fileName) + [
                FirewallScript.fileName, UnappliedConfigs.fileName, StartedInterfaces.fileName,
            ]
        let mountPoints = folder.mountPoints()
        for name in names {
            guard let found = try folder.status(of: name) else { continue }
            if !found.isFile && !found.isLink {
                obstacles[name] = "no regular file"
            } else if mountPoints.contains(name) {
                obstacles[name] = Self.mountPoint
            } else if folder.isImmutable(name) {
                obstacles[name] = "immutable"
            }
        }
        return obstacles
    }

    private func unreplaceable(_ obstacles: [String: String]) -> [Finding] {
        obstacles.sorted { $0.key < $1.key }.map { name, why in
            .problem(
                Self.subject, "\(folder.path(of: name)) cannot be replaced: it is \(why)",
                try: why == "immutable"
                    ? "chattr -i \(folder.path(of: name))"
                    : why == Self.mountPoint
                        ? "mount the folder that holds it instead" : "move it to another place")
        }
    }

    private var unwritable: [Finding] {
        rendering.unwritable.map { value in
            .problem(
                Self.subject,
                "\(InterfaceName.config(of: value.interfaceNumber)) cannot be written: \(value.column) holds a "
                    + "control character", try: "correct the instance in the application")
        }
    }

    /// A replaced config keeps its owner. For a file of another user, only root can do that.
    private func owners() throws -> [Finding] {
        guard geteuid() != 0 else { return [] }
        let foreign = try rendering.configs.map(\.fileName).filter { name in
            guard let facts = try folder.status(of: name) else { return false }
            return facts.st_uid != geteuid()
        }
        guard !foreign.isEmpty else { return [] }
        return [
            .problem(
                Self.subject, "these belong to another user and cannot be replaced: " + foreign.firstFew(),
                try: "run it as root, or as the owner of the configs")
        ]
    }

    private var mixedMTU: [Finding] {
        let advice = "find out what WIREGUARD_MTU is in the application, and give it with --mtu"
        return learnt.mixedMTU().map { [.note(Self.subject, $0, try: advice)] } ?? []
    }

    private var strayConfigs: [Finding] {
        guard !strays.isEmpty else { return [] }
        return [.note(Self.subject, "of no known instance, and left alone: " + strays.firstFew())]
    }

    private var recognition: Finding {
        let record = LearntRecord(learnt)
        return .ok(
            Self.subject,
            "written as by \(record.sentence); " + (record.mtu.map { "MTU \($0)" } ?? "no MTU")
                + (record.letsClientsReachApplication ? "; clients may reach the application's own pages" : ""))
    }

    private var script: [Finding] {
        let subject = "firewall script"
        let findings = firewall.problems.map { Finding.note(subject, $0) }
        guard let why = learnt.foreignScript else { return findings }
        let sentence = "\(FirewallScript.fileName) is left alone, and may contain removed peers: \(why)"
        if options.keepsFirewall { return findings + [.note(subject, sentence)] }
        return findings + [
            .problem(
                subject, sentence + "; every run ends with 1",
                try: "export from the application or move it away, or give --keep-firewall if it is right as it is")
        ]
    }
}
