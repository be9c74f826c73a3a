import ControlPlane
import Feed
import Journal

// The settings that `wg syncconf` does not apply.
extension LivePass {
    /// Compares the interfaces of instances that stay with their configs, and reports what is not applied. Each run
    /// reports it again until somebody restarts the interface.
    ///
    /// This is not an error of the run and does not end it with status 1. No removed account keeps access because of
    /// it, and only an administrator can decide to take down the interface of a paying customer.
    ///
    /// - Parameter all: the configs of all instances.
    mutating func compare(_ all: [InterfaceConfig]) {
        guard let live, isSighted else { return }
        let up = all.filter { isOwnUp($0) }
        do {
            let found = up.isEmpty ? [:] : try InterfaceFacts.all(live.programs.ip)
            // If `ip` does not report the times, only the index identifies an interface.
            let times = up.isEmpty ? nil : try? AddressTimes(live.programs.ip)
            var started = try StartedInterfaces(in: configs)
            // An interface that does not answer is still up.
            started.keep(Set(all.map(\.number).filter { before.isUp(InterfaceName.of($0)) }))
            let boot = BootMoment.now.boot
            for config in up {
                let name = InterfaceName.of(config.number)
                guard let facts = found[name] else { continue }
                let settings = QuickSettings(config.bytes)
                let interface = StartedInterfaces.Interface(
                    index: facts.index, boot: boot, addressTime: times?.oldest[facts.index])
                let comparison = started.compare(config.number, interface, with: settings)
                var sentences = settings.differences(from: facts, former: started.former(of: config.number))
                switch comparison {
                case .same: break
                case .different: sentences.append("PreUp, PostUp, Table or DNS have changed since it came up")
                case .unknown:
                    sentences.append(
                        "PreUp, PostUp, Table or DNS were changed between two runs, and it is unknown whether it "
                            + "came up with them")
                }
                record.notApplied += sentences.map { "\(name): \($0)" }
            }
            try started.save()
        } catch {
            record.notApplied.append("interfaces cannot be compared with their configs: \(error)")
        }
    }

    /// Whether the interface is up and belongs to the instance.
    private func isOwnUp(_ config: InterfaceConfig) -> Bool {
        let name = InterfaceName.of(config.number)
        return rightful[name] != nil && before.publicKeys[name] != nil && mismatched[config.number] == nil
    }
}
