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
        let missing = missingRules(of: configs.filter { !before.isUp(InterfaceName.of($0.number)) }, live)
        for config in configs {
            let name = InterfaceName.of(config.number)
            rightful[name] = ConfigText(config.bytes).peerKeys
            if before.isUp(name) { continue }
            if let reason = missing.reason(for: config) {
                record.errors.append("\(name) was not brought up, because \(reason)")
                continue
            }
            do throws(ProgramFailure) {
                try live.bringUp(self.configs.path(of: config.fileName))
                record.up.append(name)
                noteSight()
            } catch {
                record.errors.append("\(name) was not brought up: \(error)")
            }
        }
    }

    /// What keeps the rules of restored interfaces from being in force. One config runs the script, which must not be run
    /// if it would not work as written. The other interfaces are not brought up without the rules of the script.
    private struct MissingRules {
        /// Why the script must not be run.
        var objection: String?
        /// Whether the script still has to be run.
        var isPending = false
        /// Whether that was tried.
        var wasTried = false

        /// Why the interface must not be brought up; nil if it may be.
        func reason(for config: InterfaceConfig) -> String? {
            if let objection, isPending || config.runsFirewallScript {
                return
                    (config.runsFirewallScript
                    ? "its PostUp runs \(FirewallScript.fileName)" : "its firewall rules are not set up")
                    + ": \(objection)"
            }
            return isPending && wasTried ? "\(FirewallScript.fileName) has not set up its rules" : nil
        }
    }

    /// Looks once for all of them, because it calls several programs.
    private func missingRules(of configs: [InterfaceConfig], _ live: LiveInterfaces) -> MissingRules {
        var missing = MissingRules(isPending: true, wasTried: hasTriedFirewall)
        do {
            missing.isPending = try firewall.isPending
            guard missing.isPending || configs.contains(where: \.runsFirewallScript) else { return missing }
            try firewall.requireRunnable(in: live, leftUp: leftUp)
        } catch {
            missing.objection = (error as? FirewallRun.NotRun)?.reason ?? "\(error)"
        }
        return missing
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
