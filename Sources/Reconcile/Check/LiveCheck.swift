import ControlPlane
import Feed
import GRDB
import Support
import WireGuard

/// The programs by which live interfaces are reached, and what is in sight.
enum LiveCheck {
    private static let subject = "live interfaces"

    static func findings(_ options: Reconciliation.Options, _ database: ControlPlaneDatabase?) -> [Finding] {
        do {
            var view = try LiveView(options.live)
            guard let interfaces = view.interfaces else { return [absence(view)] }
            let known = try database.map(interfaceNames) ?? []
            if let database { _ = try view.requireReadable(of: database) }
            let up = try interfaces.names().intersection(known)
            // Elsewhere the script would not be run; see ``LivePass/runFirewall(_:in:)``.
            let runsFirewall = !up.isEmpty || interfaces.isPlaceGiven
            return [sight(of: up, among: known)] + (runsFirewall ? try firewall(interfaces, options, database) : [])
        } catch let error as any ExplainedError {
            return [.problem(subject, error)]
        } catch {
            return [.problem(subject, "\(error)", try: "look at the interfaces with `wg show`")]
        }
    }

    private static func absence(_ view: LiveView) -> Finding {
        if view.obstacle == .notAsked { return .ok(subject, "they are left alone, as --no-apply says") }
        return .problem(
            subject,
            "wg is not installed here: no tunnel is taken down, and every removal of an account with keys ends with 1",
            try: "install wireguard-tools if this host has the tunnels, or say --no-apply")
    }

    private static func sight(of up: Set<String>, among known: Set<String>) -> Finding {
        if up.isEmpty && !known.isEmpty {
            return .problem(
                subject,
                "none of the database's \(known.count) interfaces is up in sight: every removal of an account with keys ends "
                    + "with 1",
                try: "say with --netns where they are, if the application runs in a container, or say --no-apply")
        }
        let count = known.isEmpty ? "" : "; \(up.count) of the database's \(known.count) interfaces are up"
        return .ok(subject, "wg, wg-quick and ip are there" + count)
    }

    private static func firewall(
        _ interfaces: LiveInterfaces, _ options: Reconciliation.Options, _ database: ControlPlaneDatabase?
    ) throws -> [Finding] {
        // ConfigsCheck reports a folder that cannot be opened.
        guard !options.wireguardDirectory.isEmpty, let folder = try? OpenFolder(options.wireguardDirectory) else {
            return []
        }
        let learnt = try database.map { try LearntOutput(in: folder, of: $0, mtu: options.mtu) }
        let subject = "firewall script"
        // ConfigsCheck says why.
        if learnt?.foreignScript != nil { return [.note(subject, "it is left alone, and not run")] }
        let missing = LivePrograms.ofFirewall.filter { !interfaces.programs.canFind($0) }
        guard missing.isEmpty, let database, let learnt else {
            return missing.map { name in
                .problem(
                    subject, "\(name), which it calls, is not in PATH",
                    try: "install \(LiveAccessFailure.packages[name] ?? name), or give --no-apply")
            }
        }
        // The script that the next run will write, not the one on disk.
        let text = try database.readOnly(while: "read the configs from the database") { db in
            try FirewallScript(reading: db, database.schema.capabilities, learnt).text
        }
        return try FirewallObstacle.all(for: text, interfaces.programs).map { obstacle in
            .problem(subject, "it would not be run: \(obstacle)", try: obstacle.hint)
        }
    }

    private static func interfaceNames(_ database: ControlPlaneDatabase) throws -> Set<String> {
        try database.readOnly(while: "read the instances of the database") { db in
            Set(
                try Row.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance")
                    .compactMap { $0.integer(0).map { InterfaceName.of(Int($0)) } })
        }
    }
}
