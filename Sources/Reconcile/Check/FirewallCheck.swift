import ControlPlane
import Support
import WireGuard

/// What the firewall script needs where the interfaces are: programs, names, and the packet filter that holds its
/// chains.
struct FirewallCheck {
    private static let subject = "firewall script"
    /// The names of the application's containers that rules may use.
    private static let containers = ["wireguard-webadmin", "wireguard-webadmin-dns"]

    private let programs: HostPrograms
    private let configs: ConfigsCheck.Seen

    init(_ interfaces: LiveInterfaces, _ configs: ConfigsCheck.Seen) {
        (programs, self.configs) = (interfaces.programs.others, configs)
    }

    /// - Parameter runsScript: whether a run would run the script here, if it is not somebody else's.
    func findings(runsScript: Bool) throws -> [Finding] {
        let isForeign = configs.learnt.foreignScript != nil
        let runsScript = runsScript && !isForeign
        // ConfigsCheck gives the reason.
        let alone: [Finding] = isForeign ? [.note(Self.subject, "it is left alone, and not run")] : []
        let missing = HostPrograms.ofFirewall.filter { !programs.canFind($0) }
        guard missing.isEmpty else {
            return alone
                + missing.map { name in
                    let advice = "install \(LiveAccessFailure.packages[name] ?? name), or give --no-apply"
                    let detail = "\(name), which the script calls, is not in PATH"
                    return runsScript
                        ? .problem(Self.subject, detail, try: advice) : .note(Self.subject, detail, try: advice)
                }
        }
        let text = text
        let obstacles = try FirewallObstacle.all(for: text, programs).map { obstacle in
            finding(obstacle, runsScript: runsScript)
        }
        return try alone + obstacles + names(neededBy: text) + Self.packetFilter(programs)
    }

    /// What can be said where no script is known: the database or the folder of the configs is missing, or `wg`.
    static func findings(inSightOf programs: HostPrograms) throws -> [Finding] {
        guard programs.canFind("getent") else { return try packetFilter(programs) }
        var known: [String] = []
        var unknown: [Finding] = []
        for name in containers {
            if let address = try FirewallObstacle.address(of: name, programs) {
                known.append("\(name) is \(address)")
            } else {
                unknown.append(.note(subject, "the name \(name) is unknown here"))
            }
        }
        let obstacles = try FirewallObstacle.all(for: "", programs).map { obstacle in
            Finding.note(subject, obstacle.description, try: obstacle.hint)
        }
        return try (known.isEmpty ? [] : [.ok(subject, known.joined(separator: ", "))]) + unknown + obstacles
            + packetFilter(programs)
    }

    /// The script that counts here: the one that the next run will write, or the one on disk that a run leaves alone.
    private var text: String {
        guard configs.learnt.foreignScript != nil else { return configs.nextScript }
        // A script that cannot be read says nothing of names, and ConfigsCheck says why it is left alone.
        let present = try? configs.folder.regularFile(FirewallScript.fileName)
        return String(decoding: present?.bytes ?? [], as: UTF8.self)
    }

    private func finding(_ obstacle: FirewallObstacle, runsScript: Bool) -> Finding {
        if runsScript { return .problem(Self.subject, "it would not be run: \(obstacle)", try: obstacle.hint) }
        // What cannot be seen keeps nothing from being done here.
        if case .unseenBackend = obstacle { return .note(Self.subject, obstacle.description, try: obstacle.hint) }
        return .problem(Self.subject, obstacle.description, try: obstacle.hint)
    }

    /// The addresses that the containers' names resolve to here. A name that rules use and that is unknown or leads to
    /// an address that nothing is forwarded to is not repeated: it is reported as an obstacle.
    private func names(neededBy script: String) throws -> [Finding] {
        let needed = FirewallObstacle.names(in: script)
        var known: [String] = []
        var findings: [Finding] = []
        for name in Self.containers {
            if let address = try FirewallObstacle.address(of: name, programs) {
                let isObstacle = needed.contains(name) && UnreachableAddress(address) != nil
                if !isObstacle { known.append("\(name) is \(address)") }
            } else if !needed.contains(name) {
                findings.append(.note(Self.subject, "the name \(name) is unknown here, and no rule uses it now"))
            }
        }
        return (known.isEmpty ? [] : [.ok(Self.subject, known.joined(separator: ", "))]) + findings
    }

    /// Which packet filter has the application's chains. If it is the other one, or may be, that is an obstacle and is
    /// reported as one.
    private static func packetFilter(_ programs: HostPrograms) throws -> [Finding] {
        guard let filters = try PacketFilters(programs) else { return [] }
        let (ours, theirs) = (try filters.oursHoldsChains, try filters.theirsHoldsChains)
        switch (ours, theirs) {
        case (_, true?), (false?, nil), (nil, nil): return []
        case (true?, _):
            return [
                .ok(
                    subject, "the application's chains are in the packet filter of iptables here, \(filters.ours)")
            ]
        case (false?, false?):
            return [
                .note(
                    subject,
                    "no packet filter has the application's chains; iptables here is that of \(filters.ours)",
                    try: "nothing, if the application has not run its script here yet; else see that iptables is the "
                        + "application's")
            ]
        case (nil, false?):
            return [
                .note(
                    subject,
                    "it cannot be seen whether the application's chains are in the packet filter of iptables here, "
                        + "\(filters.ours)",
                    try: "install iptables-save, and run as root")
            ]
        }
    }
}
