import ControlPlane
import Feed
import GRDB
import Report
import Support
import WireGuard

/// Where live interfaces are looked for, with which programs, and which ones are visible.
enum LiveCheck {
    private static let subject = "live interfaces"

    static func findings(
        _ options: Reconciliation.Options, _ database: ControlPlaneDatabase?, _ script: ConfigsCheck.NextScript?
    ) -> [Finding] {
        do {
            var view = try LiveView(options.live)
            guard let interfaces = view.interfaces else { return [absence(view)] }
            let known = try database.map(interfaceNames) ?? []
            let (own, others) =
                if let database { try view.interfacesUp(of: database) } else { ([String](), [String]()) }
            let findings = [
                try place(interfaces, options), sight(of: own, besides: others, among: known),
                withOtherKeys(others, besides: own),
            ]
            // Elsewhere the script would not be run; see ``LivePass/runFirewall(_:in:)``.
            let runsFirewall = !own.isEmpty || interfaces.isPlaceGiven
            return findings.compactMap { $0 }
                + (try FirewallCheck(interfaces, options, script).findings(runsScript: runsFirewall))
        } catch let error as any ExplainedError {
            return [.problem(subject, error)]
        } catch {
            return [.problem(subject, "\(error)", try: "look at the interfaces with `wg show`")]
        }
    }

    private static func place(_ interfaces: LiveInterfaces, _ options: Reconciliation.Options) throws -> Finding {
        let whose = options.live?.networkNamespace.map { "given as \($0.escapedForMessage(limit: 200))" }
        return .ok(
            subject,
            "they are looked for in the network namespace \(try interfaces.place.name), \(whose ?? "that of this process")"
        )
    }

    private static func absence(_ view: LiveView) -> Finding {
        if view.obstacle == .notAsked { return .ok(subject, "they are left alone, as --no-apply says") }
        return .problem(
            subject,
            "wg is not installed here: no tunnel is taken down, and every removal of an account with keys ends with 1",
            try: "install wireguard-tools if this host has the tunnels, or say --no-apply")
    }

    private static func sight(of own: [String], besides others: [String], among known: Set<String>) -> Finding {
        if own.isEmpty && !known.isEmpty {
            let why =
                others.isEmpty
                ? "none of the database's \(known.count) interfaces is up in sight"
                : "\(others.firstFew()) up in sight, with keys that the database does not have for them: they are "
                    + "somebody else's, and the database's \(known.count) interfaces are not here"
            return .problem(
                subject, why + ": every removal of an account with keys ends with 1",
                try: "say with --netns where they are, if the application runs in a container, or say --no-apply")
        }
        let down = known.subtracting(own).subtracting(others)
        let count = known.isEmpty ? "" : "; \(own.count) of the database's \(known.count) interfaces are up"
        return .ok(
            subject,
            "wg, wg-quick and ip are there" + count
                + (down.isEmpty ? "" : ", and these are not: " + down.sorted().firstFew()))
    }

    private static func withOtherKeys(_ others: [String], besides own: [String]) -> Finding? {
        guard !own.isEmpty, !others.isEmpty else { return nil }
        return .note(
            subject, "up with a key that the database does not have for it: " + others.firstFew(),
            try: "nothing, if the key was changed in the application; else find out whose it is")
    }

    private static func interfaceNames(_ database: ControlPlaneDatabase) throws -> Set<String> {
        try database.readOnly(while: "read the instances of the database") { db in
            Set(
                try Row.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance")
                    .compactMap { $0.integer(0).map { InterfaceName.of(Int($0)) } })
        }
    }
}
