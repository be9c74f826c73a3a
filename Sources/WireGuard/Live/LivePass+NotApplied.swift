import ControlPlane
import Feed
import Journal

// What `wg syncconf` does not apply.
extension LivePass {
    /// Compares the interfaces of instances that stay with their configs, and names what is not applied, every night until
    /// somebody has brought the interface up anew.
    ///
    /// That is no error of the run, and no reason to end it with 1: nobody who is removed keeps anything by it, and to take
    /// the interface of a paying customer down for it is for an administrator to decide.
    ///
    /// - Parameter all: the configs of all instances.
    mutating func compare(_ all: [InterfaceConfig]) {
        guard let live, isSighted else { return }
        let up = all.filter { isOwnUp($0) }
        do {
            let found = up.isEmpty ? [:] : try InterfaceFacts.all(live.programs.ip)
            // Where `ip` does not tell the times, indices alone tell interfaces apart.
            let times = up.isEmpty ? nil : try? AddressTimes(live.programs.ip)
            var started = try StartedInterfaces(in: configs)
            // One that does not answer is up all the same.
            started.keep(Set(all.map(\.number).filter { before.isUp(InterfaceName.of($0)) }))
            let boot = BootMoment.now.boot
            for config in up {
                let name = InterfaceName.of(config.number)
                guard let facts = found[name] else { continue }
                let settings = QuickSettings(config.bytes)
                var sentences = settings.differences(from: facts)
                let interface = StartedInterfaces.Interface(
                    index: facts.index, boot: boot, addressTime: times?.oldest[facts.index])
                switch started.compare(config.number, interface, with: settings) {
                case .same: break
                case .different: sentences.append("PreUp, PostUp, Table or DNS are not those that it came up with")
                case .unknown:
                    sentences.append(
                        "PreUp, PostUp, Table or DNS were changed while nobody looked, and it cannot be known whether it "
                            + "came up with them")
                }
                record.notApplied += sentences.map { "\(name): \($0)" }
            }
            try started.save()
        } catch {
            record.notApplied.append("interfaces cannot be compared with their configs: \(error)")
        }
    }

    /// Whether the interface is up and the instance's own.
    private func isOwnUp(_ config: InterfaceConfig) -> Bool {
        let name = InterfaceName.of(config.number)
        return rightful[name] != nil && before.publicKeys[name] != nil && strangers[config.number] == nil
    }
}
