import ControlPlane
import Journal
import Support

// The interfaces of instances that stay.
extension LivePass {
    /// An interface that has an instance's name but not the instance's key.
    struct MismatchedInterface {
        var key: String
        /// The config of the instance.
        var wanted: ConfigText
    }

    /// Brings an interface that is up in line with its config, if its peers or the config have changed.
    ///
    /// - Parameter unapplied: the configs written since their interfaces were last brought in line.
    mutating func sync(_ config: InterfaceConfig, _ unapplied: UnappliedConfigs) {
        guard live != nil else { return }
        let name = InterfaceName.of(config.number)
        own.insert(name)
        guard before.isUp(name) else {
            inLine.insert(config.number)
            return
        }
        guard let liveKey = before.publicKeys[name] else {
            let reason = before.reason(forUnreadable: name)
            record.errors.append("\(name) was not updated to match its config: \(reason)")
            return
        }
        let wanted = ConfigText(config.bytes)
        rightful[name] = wanted.peerKeys
        guard liveKey == wanted.publicKey else {
            mismatched[config.number] = MismatchedInterface(key: liveKey, wanted: wanted)
            return
        }
        noteSight()
        if !unapplied.contains(config.number) && wanted.peerKeys == before.peers[name] ?? [] {
            inLine.insert(config.number)
        } else {
            sync(config.number, wanted)
        }
    }

    /// Decides what to do with each interface whose key is not its instance's.
    ///
    /// - Parameter removed: the removed instances, by the number that they had.
    mutating func settleMismatched(
        _ removed: [Int: Journal.RemovedInterface], _ unapplied: UnappliedConfigs
    ) {
        for (number, stranger) in mismatched.sorted(by: { $0.key < $1.key }) {
            if let interface = removed[number], interface.publicKeys.contains(stranger.key) {
                takeDownWithoutConfig(
                    number, interface,
                    since: "its number now belongs to another instance, whose interface is still to be brought up")
            } else if unapplied.mayHave(number, stranger.key) {
                noteSight()
                // It is the instance's own, so its other settings are compared as well.
                mismatched[number] = nil
                sync(number, stranger.wanted)
            } else {
                record.leftAlone.append(InterfaceName.of(number))
                if let interface = removed[number] { noteLeftUp(number, interface) }
            }
        }
    }

    private mutating func sync(_ number: Int, _ wanted: ConfigText) {
        guard let live else { return }
        let name = InterfaceName.of(number)
        do throws(ProgramFailure) {
            try live.sync(name, with: wanted)
            record.synced.append(name)
            inLine.insert(number)
        } catch {
            let flaws = wanted.flaws.isEmpty ? "" : ": " + wanted.flaws.firstFew()
            record.errors.append("\(name) was not updated to match its config: \(error)\(flaws)")
        }
    }
}
