import Feed
import Support

/// A reason why the firewall script would not work as written on this host.
package enum FirewallObstacle: Error, Hashable, CustomStringConvertible {
    /// The script uses a container's name that has no IPv4 address here. If the name of the DNS container is unknown,
    /// every customer's DNS queries would go to an address that does not answer.
    case unknownName(String)
    /// The name leads to an address to which nothing is forwarded, such as one of this host itself. Debian's `/etc/hosts`
    /// has 127.0.1.1 for the host's own name, and lists of blocked names have 0.0.0.0.
    case unreachableName(String, address: String, UnreachableAddress)
    /// The kernel has two packet filters, and `iptables` here does not use the one that has the application's chains.
    /// Both would hold rules after a run of the script, and the old rules would stay in force.
    case otherBackend(ours: PacketFilters.Kind, theirs: PacketFilters.Kind)
    /// Both packet filters have the application's chains. The rules of both are in force.
    case bothBackends(ours: PacketFilters.Kind, theirs: PacketFilters.Kind)
    /// The application's chains are not in the packet filter that `iptables` uses here, and nobody can see whether
    /// they are in this one.
    case unseenBackend(PacketFilters.Kind)
    /// These interfaces are or may be those of removed instances, and could not be taken down. The script has no rules
    /// for them any more, so their tunnels could reach what the rules in force keep from them.
    case removedInstanceUp([String])

    package var description: String {
        switch self {
        case .unknownName(let name): "the name \(name) is unknown here"
        case .unreachableName(let name, let address, let kind):
            "the name \(name) resolves to \(kind.rawValue), \(address)"
        case .otherBackend(let ours, let theirs):
            "the application's chains are in the packet filter of iptables-\(theirs), and iptables here is that of \(ours)"
        case .bothBackends(let ours, let theirs):
            "the application's chains are in both packet filters of the kernel, that of iptables-\(ours), which iptables "
                + "here uses, and that of iptables-\(theirs)"
        case .unseenBackend(let theirs):
            "it cannot be seen from here whether the application's chains are in the packet filter of iptables-\(theirs)"
        case .removedInstanceUp(let names):
            names.count == 1
                ? "\(names[0]) of a removed instance is still up"
                : "these interfaces of removed instances are still up: \(names.firstFew())"
        }
    }

    package var hint: String {
        switch self {
        case .unknownName(let name):
            "in a container, run it in the network of the application (network_mode: \"service:wireguard-webadmin\") or give "
                + "the application's container the alias \(name); on a host, add \(name) to /etc/hosts, with the address of "
                + "that container"
        case .unreachableName(let name, _, _): "give \(name) the address of the application's container in /etc/hosts"
        case .otherBackend(_, let theirs):
            "let iptables be that of the application, as `update-alternatives --set iptables` with the path of "
                + "iptables-\(theirs) does, or delete the chains that are not used any more"
        case .bothBackends(let ours, let theirs):
            "find out which of the two the application uses; delete the chains of the other one, and let iptables here be "
                + "that of the application, iptables-\(ours) or iptables-\(theirs), with `update-alternatives --set iptables`"
        case .unseenBackend(let theirs):
            "install \(theirs.saveProgram), of the package iptables in Debian, and run as root, where /proc/net can be read "
                + "(ProcSubset=pid of systemd hides it)"
        case .removedInstanceUp(let names):
            "take \(names.count == 1 ? "it" : "them") down, and the next run runs the script"
        }
    }

    /// Looks for obstacles in the network namespace of the interfaces.
    ///
    /// - Parameter script: the text of the script.
    /// - Throws: ``ProgramFailure`` where a program needed for this cannot be called.
    package static func all(for script: String, _ programs: HostPrograms) throws(ProgramFailure) -> [FirewallObstacle] {
        var obstacles: [FirewallObstacle] = []
        for name in names(in: script) {
            guard let address = try address(of: name, programs) else {
                obstacles.append(.unknownName(name))
                continue
            }
            if let kind = UnreachableAddress(address) {
                obstacles.append(.unreachableName(name, address: address, kind))
            }
        }
        if let backend = try otherBackend(programs) { obstacles.append(backend) }
        return obstacles
    }

    /// The host names that the script's rules use.
    package static func names(in script: String) -> [String] {
        // An administrator's description may have such a name too, and stands in a comment.
        let lines = script.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { !$0.hasPrefix("#") }
        var names: [String] = []
        if lines.contains(where: { $0.contains(#/wireguard-webadmin(?!-)/#) }) { names.append("wireguard-webadmin") }
        // The name is in every script, to look up its address. Only rules that contain the address use it.
        let dns = "wireguard-webadmin-dns"
        let variables =
            lines.filter { $0.contains(dns) }.compactMap { $0.firstMatch(of: assignment)?.1 } + ["dns_address"]
        let usesName = lines.contains { line in
            if line.hasPrefix("if ") || line.firstMatch(of: assignment) != nil { return false }
            return line.contains(dns) || variables.contains { line.contains("$\($0)") || line.contains("${\($0)}") }
        }
        if usesName { names.append(dns) }
        return names
    }

    private static var assignment: Regex<(Substring, Substring)> { #/^([A-Za-z_][A-Za-z_0-9]*)=/# }

    /// The address that iptables or the script finds for a name. `getent hosts` has no answer on a host whose only
    /// IPv4 address is loopback, and answers with an IPv6 address where IPv6 takes precedence. Then `getent ahostsv4`
    /// is asked.
    ///
    /// - Returns: nil where the name has no IPv4 address.
    package static func address(of name: String, _ programs: HostPrograms) throws(ProgramFailure) -> String? {
        guard let getent = programs.program(named: "getent") else { return nil }
        for database in ["hosts", "ahostsv4"] {
            let found = try getent.call([database, name])
            let address = found.text.split { $0.isWhitespace }.first ?? ""
            if found.status == 0 && address.contains(".") { return String(address) }
        }
        return nil
    }

    private static func otherBackend(_ programs: HostPrograms) throws(ProgramFailure) -> FirewallObstacle? {
        guard let filters = try PacketFilters(programs) else { return nil }
        switch try filters.theirsHoldsChains {
        case true?:
            return try filters.oursHoldsChains == true
                ? .bothBackends(ours: filters.ours, theirs: filters.theirs)
                : .otherBackend(ours: filters.ours, theirs: filters.theirs)
        case false?: return nil
        // If ours has the chains, the application speaks to ours.
        case nil: return try filters.oursHoldsChains == true ? nil : .unseenBackend(filters.theirs)
        }
    }
}
