import ControlPlane
import Support

// The interfaces of restored instances.
extension LivePass {
    /// Brings up the interfaces that are down. Call it after those of the other instances are in line.
    mutating func bringUp(_ configs: [InterfaceConfig]) {
        guard let live, !configs.isEmpty else { return }
        // Another place has the interfaces of the database, and must get these as well.
        let others = own.subtracting(configs.map { InterfaceName.of($0.number) })
        guard isSighted || live.isPlaceGiven || others.isEmpty else {
            record.errors.append(
                "\(configs.map { InterfaceName.of($0.number) }.firstFew()) was not brought up: none of the database's "
                    + "interfaces can be seen from here; --netns says where to look")
            return
        }
        for config in configs {
            let name = InterfaceName.of(config.number)
            rightful[name] = ConfigText(config.bytes).peerKeys
            if before.isUp(name) { continue }
            guard mayRunCommands(of: config, live) else { continue }
            do throws(ProgramFailure) {
                try live.bringUp(self.configs.path(of: config.fileName))
                record.up.append(name)
                noteSight()
            } catch {
                record.errors.append("\(name) was not brought up: \(error)")
            }
        }
    }

    /// Whether `wg-quick up` may run the config's PostUp. One config runs the firewall script, which must not be run where
    /// it would not work as written.
    private mutating func mayRunCommands(of config: InterfaceConfig, _ live: LiveInterfaces) -> Bool {
        guard config.runsFirewallScript else { return true }
        do {
            try firewall.requireRunnable(in: live, leftUp: leftUp)
            return true
        } catch {
            let why = (error as? FirewallRun.NotRun)?.reason ?? "\(error)"
            record.errors.append(
                "\(InterfaceName.of(config.number)) was not brought up, because its PostUp runs "
                    + "\(FirewallScript.fileName): \(why)")
            return false
        }
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
