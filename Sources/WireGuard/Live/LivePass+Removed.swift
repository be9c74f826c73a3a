import ControlPlane
import Feed
import Glibc
import Journal
import Support

// The interfaces of removed instances.
extension LivePass {
    /// How often to look until an interface is gone. A userspace WireGuard interface ends with its process, shortly
    /// after it was deleted.
    private static let looks = 60
    private static let pauseBetweenLooks: Milliseconds = 50

    /// Takes down the interface of a removed instance whose config still exists.
    ///
    /// - Parameter removed: the removed instances that had this number.
    /// - Returns: whether the config may be deleted. If the interface is still up, or its state is unknown, the
    ///   config is kept so that the next run tries again.
    mutating func takeDown(_ number: Int, _ removed: Journal.RemovedInterface) -> Bool {
        let name = InterfaceName.of(number)
        let path = configs.path(of: InterfaceName.config(of: number))
        own.insert(name)
        guard let live else { return !isUnseen }
        guard before.isUp(name) else { return true }
        guard let liveKey = before.publicKeys[name] else {
            record.errors.append(
                "\(name) was left up: \(before.reason(forUnreadable: name)), so it is unknown whose it is")
            leftUp.insert(name)
            return false
        }
        let isOfConfig = ConfigText.publicKey(ofConfigOf: number, in: configs) == liveKey
        guard removed.publicKeys.contains(liveKey) || isOfConfig && !foreignKeys.contains(liveKey) else {
            record.leftAlone.append(name)
            if removed.peerKeys.isDisjoint(with: before.peers[name] ?? []) { return true }
            leftUp.insert(name)
            record.errors.append(
                "\(name) was left up with a removed peer on it: its key is not one that the removed instance is "
                    + "known to have had; if it is still that instance's, `ip link delete dev \(name)` takes it down")
            return false
        }
        noteSight()
        do throws(ProgramFailure) {
            if let objection = objection(toCommandsIn: path, live.trust) {
                record.errors.append("\(name) was deleted without its PostDown commands: \(path): \(objection)")
                try live.delete(name)
            } else if blocksWgQuick(live) {
                record.errors.append(
                    "\(name) was deleted without its PostDown commands: wg-quick asks all interfaces before it runs them, "
                        + "and these do not answer: \(before.silent.sorted().firstFew())")
                try live.delete(name)
            } else {
                try live.takeDown(path)
            }
        } catch {
            delete(name, after: error, live)
        }
        return waitUntilGone(name, live)
    }

    /// Names an interface that is up with the key of a config of no known instance. Somebody may have deleted the
    /// customer by hand, and nothing else shows that the tunnel still works.
    mutating func noteStray(_ number: Int) {
        let name = InterfaceName.of(number)
        guard live != nil, let liveKey = before.publicKeys[name],
            ConfigText.publicKey(ofConfigOf: number, in: configs) == liveKey
        else { return }
        strays.insert(name)
        record.leftAlone.append(name)
        record.remarks.append(
            "\(name) is up with the key of \(InterfaceName.config(of: number)), which belongs to no instance that the "
                + "database or the journal knows; if its customer was deleted by hand, `wg-quick down \(name)` takes "
                + "it down")
    }

    /// Takes down the interface of a removed instance that is up without a config.
    ///
    /// - Parameters:
    ///   - removed: the removed instances that had this number. An interface with none of their keys is left alone.
    ///   - reason: why it has no config.
    mutating func takeDownWithoutConfig(
        _ number: Int, _ removed: Journal.RemovedInterface, since reason: String = "its config was gone"
    ) {
        let name = InterfaceName.of(number)
        own.insert(name)
        guard let live, let liveKey = before.publicKeys[name], removed.publicKeys.contains(liveKey) else { return }
        noteSight()
        do throws(ProgramFailure) {
            try live.delete(name)
            record.remarks.append("\(name) was deleted without its PostDown commands, since \(reason)")
        } catch {
            record.errors.append("\(name) cannot be taken down: \(error)")
        }
        _ = waitUntilGone(name, live)
    }

    /// Notes an interface under the number of a removed instance that is up after everything was taken down, and is or
    /// may be that instance's. Then the firewall script must not be run; see ``runFirewall(_:)``.
    mutating func noteLeftUp(_ number: Int, _ removed: Journal.RemovedInterface) {
        let name = InterfaceName.of(number)
        guard live != nil, before.isUp(name), !record.down.contains(name) else { return }
        guard let liveKey = before.publicKeys[name] else {
            // Where the removed keys were seen gone, this interface came up later.
            if !removed.wasSeenGone { leftUp.insert(name) }
            return
        }
        let hasRemovedPeer = !removed.peerKeys.isDisjoint(with: before.peers[name] ?? [])
        if hasRemovedPeer || removed.publicKeys.contains(liveKey) { leftUp.insert(name) }
    }

    /// Whether an interface that hangs would block `wg-quick`, which calls `wg show interfaces`.
    private mutating func blocksWgQuick(_ live: LiveInterfaces) -> Bool {
        guard !before.silent.isEmpty else { return false }
        let isBlocked = wgQuickIsBlocked ?? !live.canListByAsking
        wgQuickIsBlocked = isBlocked
        return isBlocked
    }

    /// Why the file's commands must not be run. `wg-quick down` runs them as root.
    private func objection(toCommandsIn path: String, _ trust: FileTrust) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return FileFailure(.examine, path).reason }
        // On a FIFO, wg-quick would wait for a writer.
        guard facts.isFile else { return FileFailure(.open, path, code: FileFailure.notAFile).reason }
        return trust.objection(to: facts).map { UntrustedFile(role: .config, path: path, reason: $0).cause }
    }

    /// Deletes the interface after `wg-quick` has failed, either before it took the interface down or in a later
    /// command.
    private mutating func delete(_ name: String, after failure: ProgramFailure, _ live: LiveInterfaces) {
        do {
            guard try live.names().contains(name) else {
                record.errors.append("\(name) is down, but not all of its PostDown commands may have run: \(failure)")
                return
            }
            try live.delete(name)
            record.errors.append("\(name) was deleted without its PostDown commands: \(failure)")
        } catch {
            record.errors.append("\(name) cannot be taken down: \(failure); \(error)")
        }
    }

    private mutating func waitUntilGone(_ name: String, _ live: LiveInterfaces) -> Bool {
        for _ in 0..<Self.looks {
            // If the names cannot be listed, the interface counts as still up: it is not known to be gone.
            if let names = try? live.names(), !names.contains(name) {
                record.down.append(name)
                deletions.enter(name)
                return true
            }
            pause(Self.pauseBetweenLooks)
        }
        record.errors.append("\(name) is still up")
        leftUp.insert(name)
        return false
    }
}
