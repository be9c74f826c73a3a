import Glibc

/// One pass over the live interfaces, after the configs were written: what was done so far, and what went wrong.
///
/// Touches an interface only where its key shows that it was made from a config of this control plane. The host that the
/// job runs on may have a `wg0` of its own, while that of the database runs in a container.
struct LivePass {
    /// How long an interface may take to go: that of a userspace WireGuard ends with its process, a moment after it was
    /// deleted.
    private static let looks = 60
    private static let pauseBetweenLooks: Milliseconds = 50

    /// nil where interfaces cannot be reached or are to be left alone; nothing is done then.
    private let live: LiveInterfaces?
    private let pause: @Sendable (Milliseconds) -> Void
    private var before = LiveInterfaces.State()
    private var obstacle: NotApplied?
    /// Whether any interface of the database was seen.
    private var isSighted = false
    private(set) var record = LiveRecord()
    private var rightful: [String: Set<String>] = [:]

    /// Looks at what is up.
    init(_ view: LiveView, pause: @escaping @Sendable (Milliseconds) -> Void) {
        (self.pause, obstacle) = (pause, view.obstacle)
        do throws(ProgramFailure) {
            before = try view.interfaces?.state() ?? before
            live = view.interfaces
        } catch {
            record.errors.append("live interfaces cannot be listed: \(error)")
            (live, obstacle) = (nil, .unseen)
        }
    }

    /// Why interfaces were not brought in line; nil where they were.
    var notApplied: NotApplied? { obstacle ?? (isSighted ? nil : .nothingInSight) }

    /// The numbers of interfaces that are up under a name of the application's kind.
    var numbers: Set<Int> {
        Set(before.publicKeys.keys.compactMap { InterfaceConfig.number(ofFileNamed: $0 + ".conf") })
    }

    // MARK: Removed instances

    /// Takes down the interface of a removed instance whose config is still there.
    ///
    /// - Parameter keys: public keys that went with instances of this number.
    /// - Returns: whether the config may be deleted. Where the interface is still up it is kept, so that the next run
    ///   tries again.
    mutating func takeDown(_ number: Int, configAt path: String, removedKeys keys: Set<String>) -> Bool {
        let name = InterfaceConfig.name(of: number)
        guard let live, before.isUp(name) else { return true }
        guard let liveKey = before.publicKeys[name] else {
            record.errors.append("\(name) was left up: it cannot be read, so nobody can say whose it is")
            return false
        }
        // A config that cannot be read does not tell the key; the journal may.
        let own = (try? FileContents.readRegularFile(path)).flatMap { $0.map { ConfigText($0).publicKey } } ?? nil
        guard own == liveKey || isOf(name, keys) else {
            record.leftAlone.append(name)
            return true
        }
        isSighted = true
        do throws(ProgramFailure) {
            if let objection = objection(toCommandsIn: path, live.trust) {
                record.errors.append("\(name) was deleted without its PostDown commands: \(path): \(objection)")
                try live.delete(name)
            } else {
                try live.takeDown(path)
            }
        } catch {
            delete(name, after: error, live)
        }
        return waitUntilGone(name, live)
    }

    /// Takes down an interface that is up without a config, if it belonged to a removed instance.
    ///
    /// - Parameter keys: as for ``takeDown(_:configAt:removedKeys:)``; without one of them the interface is not ours.
    mutating func takeDownWithoutConfig(_ number: Int, removedKeys keys: Set<String>) {
        let name = InterfaceConfig.name(of: number)
        guard let live, before.isUp(name), isOf(name, keys) else { return }
        isSighted = true
        do throws(ProgramFailure) {
            try live.delete(name)
            record.remarks.append("\(name) was deleted without its PostDown commands, since its config was gone")
        } catch {
            record.errors.append("\(name) cannot be taken down: \(error)")
        }
        _ = waitUntilGone(name, live)
    }

    private func isOf(_ name: String, _ keys: Set<String>) -> Bool {
        before.publicKeys[name].map(keys.contains) == true || !keys.isDisjoint(with: before.peers[name] ?? [])
    }

    /// `wg-quick down` as root runs whatever stands in the file.
    private func objection(toCommandsIn path: String, _ trust: FileTrust) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return FileFailure(.examine, path).reason }
        return trust.objection(to: facts).map {
            UntrustedFile(role: .database, path: path, reason: $0).cause
        }
    }

    /// `wg-quick` has failed, either before it took the interface away or in a command that runs after that.
    private mutating func delete(_ name: String, after failure: ProgramFailure, _ live: LiveInterfaces) {
        do throws(ProgramFailure) {
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
            // Not being able to look is as good as seeing it: in either case nobody can say that it is gone.
            if let names = try? live.names(), !names.contains(name) {
                record.down.append(name)
                return true
            }
            pause(Self.pauseBetweenLooks)
        }
        record.errors.append("\(name) is still up")
        return false
    }

    // MARK: Instances that stay

    /// Brings the peers of an interface that is up in line with its config.
    ///
    /// - Parameter replaced: the config as it was before this run wrote it; nil where it did not.
    mutating func sync(_ config: InterfaceConfig, replaced: [UInt8]?) {
        guard let live else { return }
        let name = InterfaceConfig.name(of: config.number)
        let (wanted, old) = (ConfigText(config.text), replaced.map { ConfigText($0) })
        rightful[name] = wanted.peerKeys
        guard before.isUp(name) else { return }
        guard let liveKey = before.publicKeys[name] else {
            record.errors.append("\(name) was not brought in line with its config: it cannot be read")
            return
        }
        guard liveKey == wanted.publicKey || liveKey == old?.publicKey else {
            record.leftAlone.append(name)
            return
        }
        isSighted = true
        // The keys are compared as well, since a run may have been cut short between writing and this.
        let isInLine = wanted.peerKeys == before.peers[name] ?? [] && old.map { $0.stripped == wanted.stripped } ?? true
        if isInLine { return }
        do throws(ProgramFailure) {
            try live.sync(name, with: wanted)
            record.synced.append(name)
        } catch {
            record.errors.append("\(name) was not brought in line with its config: \(error)")
        }
    }

    // MARK: Firewall

    /// Runs the firewall script if it changed since it was run. Where no interface of the database is in sight, its rules
    /// would be those of another place, unless the operator has said that it is this one.
    mutating func runFirewall(in folder: String) {
        guard let live, isSighted || live.isPlaceGiven else { return }
        do {
            record.firewallRun = try FirewallRun(folder: folder).runIfPending(live.programs)
        } catch {
            record.errors.append("the firewall is not in line with its script: \(error)")
        }
    }

    // MARK: Proof

    /// Asks the system what is there now.
    ///
    /// - Returns: nil where it does not answer; the record says so.
    mutating func proof() -> ProofOfEffect? {
        guard let live else { return nil }
        do throws(ProgramFailure) {
            return ProofOfEffect(try live.state(), isSighted: isSighted, rightful: rightful)
        } catch {
            record.errors.append("it cannot be seen which tunnels are up: \(error)")
            return nil
        }
    }
}

extension RunRecord.ConfigsRecord {
    /// Takes in what became of live interfaces.
    mutating func take(_ pass: LivePass) {
        live = pass.record
        errors += pass.record.errors
        notApplied = pass.notApplied
    }
}
