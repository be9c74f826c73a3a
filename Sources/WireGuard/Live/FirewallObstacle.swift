import Feed

/// What would make the firewall script do something else here than it says.
package enum FirewallObstacle: Error, Hashable, CustomStringConvertible {
    /// The script leads traffic to a container by this name, which has no IPv4 address here. With the DNS container's
    /// unknown, every customer's name lookups would go to an address at which nobody answers.
    case unknownName(String)
    /// The kernel has two packet filters. The application's chains are in the one that `iptables` does not speak to here, so
    /// both would hold rules afterwards, and the old ones would go on deciding.
    case otherBackend(ours: String, theirs: String)

    package var description: String {
        switch self {
        case .unknownName(let name): "the name \(name) is unknown here"
        case .otherBackend(let ours, let theirs):
            "the application's chains are in the packet filter of iptables-\(theirs), and iptables here is that of \(ours)"
        }
    }

    package var hint: String {
        switch self {
        case .unknownName(let name): "add \(name) to /etc/hosts, with the address of the application's container"
        case .otherBackend(_, let theirs):
            "let iptables be that of the application, as `update-alternatives --set iptables` with the path of "
                + "iptables-\(theirs) does, or delete the chains that are not used any more"
        }
    }

    /// Looks for them where the interfaces are.
    ///
    /// - Parameter script: the text of the script.
    /// - Throws: ``ProgramFailure`` where a program that tells cannot be called.
    package static func all(for script: String, _ programs: LivePrograms) throws(ProgramFailure) -> [FirewallObstacle] {
        var obstacles: [FirewallObstacle] = []
        for name in names(in: script) where try !isKnown(name, programs) { obstacles.append(.unknownName(name)) }
        if let backend = try otherBackend(programs) { obstacles.append(backend) }
        return obstacles
    }

    /// The names of hosts that rules of the script use.
    static func names(in script: String) -> [String] {
        var names: [String] = []
        if script.contains(#/wireguard-webadmin(?!-)/#) { names.append("wireguard-webadmin") }
        // It stands in every script; only rules with the address make use of it.
        if script.contains("$dns_address") { names.append("wireguard-webadmin-dns") }
        return names
    }

    /// Whether iptables or the script finds the name. The second question has no answer on a host whose only IPv4 address is
    /// that of loopback, the first one none where IPv6 goes before.
    private static func isKnown(_ name: String, _ programs: LivePrograms) throws(ProgramFailure) -> Bool {
        guard let getent = programs.program(named: "getent") else { return false }
        let found = try getent.call(["hosts", name])
        let address = found.text.split { $0.isWhitespace }.first ?? ""
        if found.status == 0 && address.contains(".") { return true }
        return try getent.call(["ahostsv4", name]).status == 0
    }

    private static func otherBackend(_ programs: LivePrograms) throws(ProgramFailure) -> FirewallObstacle? {
        guard let iptables = programs.program(named: "iptables") else { return nil }
        // Before 1.8 there was only the one that is called legacy now, and no word about it.
        let version = try iptables.call(["--version"])
        // Where it does not even say this, the script fails as well, and says so.
        guard version.status == 0 else { return nil }
        let (ours, theirs) = version.text.contains("nf_tables") ? ("nft", "legacy") : ("legacy", "nft")
        guard let save = programs.program(named: "iptables-\(theirs)-save") else { return nil }
        let rules = try save.call([])
        // Where the kernel does not have the other one, the call fails, and no rule can be there.
        guard rules.status == 0, rules.text.contains("WGWADM_") else { return nil }
        return .otherBackend(ours: ours, theirs: theirs)
    }
}
