import ControlPlane
import Support

// The interfaces of restored instances.
extension LivePass {
    /// Brings up the interfaces that are down. Call it after those of the other instances are in line.
    ///
    /// - Parameter script: the firewall script. It is run first, unless this pass has already tried to run it.
    mutating func bringUp(_ configs: [InterfaceConfig], under script: FirewallScript) {
        guard let live, !configs.isEmpty else { return }
        // The database's interfaces are in another place, and these belong there too.
        let others = own.subtracting(configs.map { InterfaceName.of($0.number) })
        guard isSighted || live.isPlaceGiven || others.isEmpty else {
            record.errors.append(
                "\(configs.map { InterfaceName.of($0.number) }.firstFew()) was not brought up: none of the database's "
                    + "interfaces can be seen from here; --netns says where to look")
            return
        }
        if !hasTriedFirewall { runFirewall(script, isHere: true) }
        for config in configs {
            let name = InterfaceName.of(config.number)
            rightful[name] = ConfigText(config.bytes).peerKeys
            if before.isUp(name) { continue }
            guard hasFirewall(for: config, live) else { continue }
            do throws(ProgramFailure) {
                try live.bringUp(self.configs.path(of: config.fileName))
                record.up.append(name)
                noteSight()
            } catch {
                record.errors.append("\(name) was not brought up: \(error)")
            }
        }
    }

    /// Whether the firewall works for the interface. One config runs the script, which must not be run if it would not
    /// work as written. The other interfaces are not brought up without the rules of the script.
    private mutating func hasFirewall(for config: InterfaceConfig, _ live: LiveInterfaces) -> Bool {
        let name = InterfaceName.of(config.number)
        do {
            let isPending = try firewall.isPending
            if config.runsFirewallScript || isPending { try firewall.requireRunnable(in: live, leftUp: leftUp) }
            guard isPending && hasTriedFirewall else { return true }
            record.errors.append(
                "\(name) was not brought up, because \(FirewallScript.fileName) has not set up its rules")
        } catch {
            let why = (error as? FirewallRun.NotRun)?.reason ?? "\(error)"
            let use =
                config.runsFirewallScript
                ? "its PostUp runs \(FirewallScript.fileName)" : "its firewall rules are not set up"
            record.errors.append("\(name) was not brought up, because \(use): \(why)")
        }
        return false
    }

    /// Whether an interface of this number is up, or was brought up.
    func isUp(_ number: Int) -> Bool {
        let name = InterfaceName.of(number)
        return before.isUp(name) || record.up.contains(name)
    }

    /// Notes the interfaces that were brought up and do not have the peers of their configs.
    mutating func requirePeers(_ after: LiveInterfaces.State) {
        for name in record.up where !(rightful[name] ?? []).isSubset(of: after.peers[name] ?? []) {
            record.errors.append("\(name) was brought up, and does not have all peers of its config")
        }
    }
}
