import ControlPlane
import Glibc
import Support

/// One pass over the live interfaces, after the configs were written: what was done so far, and what went wrong.
///
/// Touches an interface only where its own key shows that it was made from a config of this control plane. The host that
/// the job runs on may have a `wg0` of its own, while that of the database runs in a container; and a removed customer's
/// key may be a peer on anybody's interface.
struct LivePass {
    /// nil where interfaces cannot be reached or are to be left alone; nothing is done then.
    let live: LiveInterfaces?
    private let firewall: FirewallRun
    /// The folder of the configs.
    let configs: OpenFolder
    let pause: @Sendable (Milliseconds) -> Void
    private(set) var before = LiveInterfaces.State()
    /// The interfaces that did not answer, so far.
    private(set) var silent: SilentInterfaces
    private var obstacle: NotApplied?
    /// Whether any interface of the database was seen.
    private(set) var isSighted = false
    var record = LiveRecord()
    /// The peers that the database has, by interface that is up.
    var rightful: [String: Set<String>] = [:]
    /// The interfaces that instances of the database have or had, up or not.
    var own: Set<String> = []
    /// Instances whose interface is up with a key that is not theirs.
    var strangers: [Int: Stranger] = [:]
    /// Instances whose interface is in line with its config, or down.
    var inLine: Set<Int> = []

    /// Looks at what is up.
    package init(_ view: LiveView, configs: OpenFolder, pause: @escaping @Sendable (Milliseconds) -> Void) {
        (self.pause, obstacle, self.configs) = (pause, view.obstacle, configs)
        firewall = FirewallRun(folder: configs)
        silent = view.silent
        do throws(ProgramFailure) {
            before = try view.interfaces?.state(&silent) ?? before
            live = view.interfaces
        } catch {
            record.errors.append("live interfaces cannot be listed: \(error)")
            (live, obstacle) = (nil, .unseen)
        }
    }

    /// To be called before an interface of the database is touched.
    mutating func noteSight() {
        guard !isSighted, let live else { return }
        isSighted = true
        do throws(FileFailure) {
            try firewall.remember(try live.place)
        } catch {
            record.errors.append("\(error), so a run after this one may not know that the firewall is still to be set")
        }
    }

    /// Why interfaces were not brought in line; nil where they were.
    var notApplied: NotApplied? {
        if let obstacle { return obstacle }
        if !record.errors.isEmpty { return .inPart }
        guard isSighted else { return .nothingInSight }
        return record.leftAlone.isEmpty && record.notApplied.isEmpty ? nil : .inPart
    }

    /// Whether the system was asked what is up, and did not answer.
    var isUnseen: Bool { obstacle == .unseen }

    /// The numbers of interfaces that are up under a name of the application's kind.
    var numbers: Set<Int> {
        Set(
            before.unreadable.union(before.publicKeys.keys).compactMap {
                InterfaceName.number(ofConfig: $0 + ".conf")
            })
    }

    /// Whether the interface of an instance no longer has to hear of its config. That one is down says so only where
    /// others of the database are in sight: it may be up in another place.
    func isDone(with number: Int) -> Bool { isSighted && inLine.contains(number) }

    /// Whether no interface of a removed instance can be up any more under this number.
    func isGone(_ number: Int) -> Bool {
        let name = InterfaceName.of(number)
        guard let live, isSighted || live.isPlaceGiven else { return false }
        return !before.isUp(name) || record.down.contains(name)
    }

    // MARK: Firewall

    /// Runs the firewall script if it changed since it was run. Where no interface of the database is in sight, its rules
    /// would be those of another place, unless the operator or a run before has said that it is this one.
    mutating func runFirewall(_ script: FirewallScript) {
        guard let live else { return }
        do {
            guard try isSighted || live.isPlaceGiven || firewall.isPending(in: live.place) else { return }
            record.firewallRun = try firewall.runIfPending(script, live)
        } catch {
            record.errors.append("the firewall is not in line with its script: \(error)")
        }
    }

    // MARK: Proof

    /// Asks the system what is there now. Those of the database's interfaces that did not answer before have one more
    /// chance; what they have decides about accounts.
    ///
    /// - Returns: nil where it does not answer; the record says so.
    mutating func proof() -> ProofOfEffect? {
        guard let live else { return nil }
        do throws(ProgramFailure) {
            let after = try live.state(&silent, askingAgain: own)
            record.unseen = after.unreadable.subtracting(own).sorted()
            let ownUnseen = after.unreadable.intersection(own)
            if !ownUnseen.isEmpty {
                let why = ownUnseen.isSubset(of: after.silent) ? "do not answer" : "cannot be read"
                record.errors.append(
                    "it cannot be seen which peers these interfaces have, for they \(why): \(ownUnseen.sorted().firstFew())"
                )
            }
            return ProofOfEffect(after, isSighted: isSighted, rightful: rightful)
        } catch {
            record.errors.append("it cannot be seen which tunnels are up: \(error)")
            return nil
        }
    }
}

extension ConfigsRecord {
    /// Takes in what became of live interfaces.
    mutating func take(_ pass: LivePass) {
        live = pass.record
        errors += pass.record.errors
        // An interface cannot be in line with a config that could not be written.
        notApplied = pass.notApplied ?? (errors.isEmpty ? nil : .inPart)
    }
}
