import ControlPlane
import Feed
import Report
import Support
import WireGuard

/// What the firewall script needs where the interfaces are: programs, names, and the packet filter that holds its
/// chains.
struct FirewallCheck {
    private static let subject = "firewall script"
    /// The names of the application's containers that rules may use.
    private static let containers = ["wireguard-webadmin", "wireguard-webadmin-dns"]

    private let interfaces: LiveInterfaces
    private let options: Reconciliation.Options
    private let script: ConfigsCheck.NextScript?

    /// - Parameter script: What the next run does about the script; nil where that could not be told.
    init(_ interfaces: LiveInterfaces, _ options: Reconciliation.Options, _ script: ConfigsCheck.NextScript?) {
        (self.interfaces, self.options, self.script) = (interfaces, options, script)
    }

    /// - Parameter runsScript: whether a run would run the script here.
    func findings(runsScript: Bool) throws -> [Finding] {
        guard runsScript else { return [] }
        // ConfigsCheck reports a folder that cannot be opened.
        guard !options.wireguardDirectory.isEmpty, (try? OpenFolder(options.wireguardDirectory)) != nil else {
            return []
        }
        let missing = LivePrograms.ofFirewall.filter { !interfaces.programs.canFind($0) }
        let text: String
        switch script {
        // ConfigsCheck gives the reason.
        case .leftAlone: return [.note(Self.subject, "it is left alone, and not run")]
        // This is the script that the next run will write, not the one on disk.
        case .text(let next) where missing.isEmpty: text = next
        case .text, nil:
            return missing.map { name in
                .problem(
                    Self.subject, "\(name), which it calls, is not in PATH",
                    try: "install \(LiveAccessFailure.packages[name] ?? name), or give --no-apply")
            }
        }
        let obstacles = try FirewallObstacle.all(for: text, interfaces.programs).map { obstacle in
            Finding.problem(Self.subject, "it would not be run: \(obstacle)", try: obstacle.hint)
        }
        return try obstacles + names(neededBy: text) + packetFilter()
    }

    /// The addresses that the containers' names resolve to here. A name that rules use and that is unknown or leads to
    /// this host itself is not repeated: it is reported as an obstacle.
    private func names(neededBy script: String) throws -> [Finding] {
        let needed = FirewallObstacle.names(in: script)
        var known: [String] = []
        var findings: [Finding] = []
        for name in Self.containers {
            if let address = try FirewallObstacle.address(of: name, interfaces.programs) {
                let isObstacle = needed.contains(name) && FirewallObstacle.isLoopback(address)
                if !isObstacle { known.append("\(name) is \(address)") }
            } else if !needed.contains(name) {
                findings.append(.note(Self.subject, "the name \(name) is unknown here, and no rule uses it now"))
            }
        }
        return (known.isEmpty ? [] : [.ok(Self.subject, known.joined(separator: ", "))]) + findings
    }

    /// Which packet filter has the application's chains. If it is the other one, or may be, that is an obstacle and is
    /// reported as one.
    private func packetFilter() throws -> [Finding] {
        guard let filters = try PacketFilters(interfaces.programs) else { return [] }
        let (ours, theirs) = (try filters.oursHoldsChains, try filters.theirsHoldsChains)
        switch (ours, theirs) {
        case (_, true?), (false?, nil), (nil, nil): return []
        case (true?, _):
            return [
                .ok(
                    Self.subject, "the application's chains are in the packet filter of iptables here, \(filters.ours)")
            ]
        case (false?, false?):
            return [
                .note(
                    Self.subject,
                    "no packet filter has the application's chains; iptables here is that of \(filters.ours)",
                    try: "nothing, if the application has not run its script here yet; else see that iptables is the "
                        + "application's")
            ]
        case (nil, false?):
            return [
                .note(
                    Self.subject,
                    "it cannot be seen whether the application's chains are in the packet filter of iptables here, "
                        + "\(filters.ours)",
                    try: "install iptables-save, and run as root")
            ]
        }
    }
}
