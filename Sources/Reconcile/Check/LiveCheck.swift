import ControlPlane
import Feed
import GRDB
import Report
import Support
import WireGuard

/// Where live interfaces are looked for, with which programs, and which ones are visible.
enum LiveCheck {
    private static let subject = "live interfaces"

    /// - Parameter configs: nil where the folder of the configs could not be read, which ConfigsCheck reports.
    static func findings(
        _ options: Reconciliation.Options, _ database: ControlPlaneDatabase?, _ configs: ConfigsCheck.Seen?
    ) -> [Finding] {
        do {
            var view = try LiveView(options.live)
            let isElsewhere = try database.map { try ClusterState.isUpOnWorkersAlone($0) } ?? false
            guard let interfaces = view.interfaces else {
                let absence = absence(view, isElsewhere: isElsewhere)
                guard view.obstacle != .notAsked, !isElsewhere, let access = options.live else { return [absence] }
                return try [absence] + inSight(of: HostPrograms(access), options)
            }
            guard let database else { return try [programs] + inSight(of: interfaces.programs.others, options) }
            let place = try place(interfaces.programs.others, options)
            let up = try view.interfacesUp(of: database, configs: configs?.folder)
            let isNoneExpected = isElsewhere && up.own.isEmpty
            let whatIsUp = try isNoneExpected ? elsewhere : sight(of: up, among: interfaceNames(database))
            let findings =
                [place, whatIsUp] + silent(up) + keys(of: up) + strangers(try view.strangers(among: up, of: database))
            guard let configs else {
                return isNoneExpected
                    ? findings : try findings + FirewallCheck.findings(inSightOf: interfaces.programs.others)
            }
            let refusal = configs.learnt.ownership.refusal(of: configs.folder.path, whileUp: up.own)
            let refusals: [Finding] = refusal.map { [.problem("configs", $0)] } ?? []
            // The script's names and chains are those of other hosts.
            if isNoneExpected { return findings + refusals }
            let runsScript = try view.runsFirewall(in: configs.folder, of: database, isSighted: !up.own.isEmpty)
            return try findings + refusals + FirewallCheck(interfaces, configs).findings(runsScript: runsScript)
        } catch let error as any ExplainedError {
            return [.problem(subject, error)]
        } catch {
            return [.problem(subject, "\(error)", try: "look at the interfaces with `wg show`")]
        }
    }

    /// What can be said without the database or without `wg`.
    private static func inSight(of programs: HostPrograms, _ options: Reconciliation.Options) throws -> [Finding] {
        try [place(programs, options)] + FirewallCheck.findings(inSightOf: programs)
    }

    private static func strangers(_ names: [String]) -> [Finding] {
        guard !names.isEmpty else { return [] }
        return [
            .note(
                subject,
                "up under no instance's name, with a key that no instance of the database has: \(names.firstFew()); they are "
                    + "left alone",
                try: "if one was a customer's who was deleted by hand, `wg-quick down` with its name takes it down")
        ]
    }

    private static func place(_ programs: HostPrograms, _ options: Reconciliation.Options) throws -> Finding {
        let whose = options.live?.networkNamespace.map { "given as \($0.escapedForMessage(limit: 200))" }
        return .ok(
            subject,
            "they are looked for in the network namespace \(try programs.place.name), \(whose ?? "that of this process")"
        )
    }

    private static func absence(_ view: LiveView, isElsewhere: Bool) -> Finding {
        if view.obstacle == .notAsked { return .ok(subject, "they are left alone, as --no-apply says") }
        if isElsewhere { return elsewhere }
        return .problem(
            subject,
            "wg is not installed here: no tunnel is taken down, and every removal of an account with keys ends with 1",
            try: "install wireguard-tools if this host has the tunnels, or give --no-apply")
    }

    private static let elsewhere = Finding.ok(
        subject, "none is up on this host, as the application's cluster settings say")

    private static let programs = Finding.ok(subject, "wg, wg-quick and ip are there")

    private static func sight(of up: InterfacesUp, among known: Set<String>) -> Finding {
        if known.isEmpty { return programs }
        guard !up.own.isEmpty else {
            let others = up.foreign
            let why =
                others.isEmpty
                ? "none of the database's \(known.count) interfaces is up here"
                : "\(others.firstFew()) up here with keys that the database does not have for them: they are "
                    + "somebody else's, and the database's \(known.count) interfaces are not here"
            return .problem(
                subject, why + ": every removal of an account with keys ends with 1",
                try: "if the application runs in a container, give its network namespace with --netns, or give "
                    + "--no-apply")
        }
        let down = known.subtracting(up.all)
        return .ok(
            subject,
            programs.detail + "; \(up.own.count) of the database's \(known.count) interfaces are up"
                + (down.isEmpty ? "" : ", and these are not: " + down.sorted().firstFew()))
    }

    /// What is up and does not answer.
    private static func silent(_ up: InterfacesUp) -> [Finding] {
        var findings: [Finding] = []
        if !up.silent.isEmpty {
            findings.append(
                .problem(
                    subject, "these do not answer: \(up.silent.firstFew()); a run cannot see which peers they have",
                    try: "restart them with wg-quick"))
        }
        if !up.silentOthers.isEmpty {
            findings.append(
                .note(
                    subject,
                    "these of somebody else do not answer: \(up.silentOthers.firstFew()); a removed key may be on one of them",
                    try: "find out whose they are"))
        }
        return findings
    }

    /// What is up with a key that the database does not have for it.
    private static func keys(of up: InterfacesUp) -> [Finding] {
        var findings: [Finding] = []
        // Where none has its own key, these were reported as somebody else's.
        if !up.foreign.isEmpty && !up.own.isEmpty {
            findings.append(
                .problem(
                    subject, "up with a key that no instance of the database has: " + up.foreign.firstFew(),
                    try: "export in the application and restart the interface, if its key was changed there; "
                        + "otherwise find out whose it is: a run leaves it alone"))
        }
        if !up.exchanged.isEmpty {
            findings.append(
                .problem(
                    subject,
                    "up with the key of another instance: "
                        + up.exchanged.map { "\($0.name) has that of \($0.keyOf)" }.firstFew(),
                    try:
                        "see which configs the interfaces were brought up with, and restart them: a run leaves them alone"
                ))
        }
        if !up.outdated.isEmpty {
            findings.append(
                .note(
                    subject,
                    "up with an earlier key, or with that of a removed instance, which the next run corrects: "
                        + up.outdated.firstFew()))
        }
        return findings
    }

    private static func interfaceNames(_ database: ControlPlaneDatabase) throws -> Set<String> {
        try database.readOnly(while: "read the instances of the database") { db in
            Set(
                try Row.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance")
                    .compactMap { $0.integer(0).map { InterfaceName.of(Int($0)) } })
        }
    }
}
