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
            var started = try StartedInterfaces(in: configs)
            started.keep(Set(up.map(\.number)))
            let boot = StartedInterfaces.boot
            for config in up {
                let name = InterfaceConfig.name(of: config.number)
                guard let facts = found[name] else { continue }
                let settings = QuickSettings(config.bytes)
                var sentences = settings.differences(from: facts)
                if started.differs(config.number, index: facts.index, boot: boot, from: settings) {
                    sentences.append("PreUp, PostUp, Table or DNS are not those that it came up with")
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
        let name = InterfaceConfig.name(of: config.number)
        guard rightful[name] != nil, before.publicKeys[name] != nil, strangers[config.number] == nil else {
            return false
        }
        return true
    }
}
