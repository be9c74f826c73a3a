import ControlPlane
import Glibc
import Support

/// One pass over the live interfaces, after the configs are written: what was done so far, and what went wrong.
///
/// Touches an interface only if the interface's own key shows that it was made from a config of this control plane.
/// The host may have an unrelated `wg0`, while the database's `wg0` runs in a container. A removed customer's key may
/// also be a peer on somebody else's interface.
struct LivePass {
    /// nil where interfaces cannot be reached or must be left alone; nothing is done then.
    let live: LiveInterfaces?
    let firewall: FirewallRun
    /// The folder of the configs.
    let configs: OpenFolder
    /// The public keys of configs that are somebody else's.
    let foreignKeys: Set<String>
    /// What the run has deleted and taken down.
    let deletions: Deletions
    let pause: @Sendable (Milliseconds) -> Void
    private(set) var before = LiveInterfaces.State()
    /// The interfaces that did not answer so far.
    private(set) var silent: SilentInterfaces
    private var obstacle: NotApplied?
    /// Whether any interface of the database was seen.
    private(set) var isSighted = false
    var record = LiveRecord()
    /// The peers in the database, for each interface that is up.
    var rightful: [String: Set<String>] = [:]
    /// The interfaces that instances of the database have or had, up or not.
    var own: Set<String> = []
    /// Instances whose interface is up with a key that is not theirs.
    var mismatched: [Int: MismatchedInterface] = [:]
    /// Interfaces left alone that belong to no known instance, so that there is no config to bring them in line with.
    var strays: Set<String> = []
    /// Interfaces that are or may be those of removed instances and could not be taken down.
    var leftUp: Set<String> = []
    /// Whether an interface that hangs blocks `wg-quick`; nil until it was tried.
    var wgQuickIsBlocked: Bool?
    /// Whether the firewall script was run, if it had to be, or could not be.
    private(set) var hasTriedFirewall = false
    /// Instances whose interface is in line with its config, or down.
    var inLine: Set<Int> = []

    private let ofDatabase: OwnInterfaces

    /// Lists the interfaces that are up.
    package init(
        _ view: LiveView, of database: ControlPlaneDatabase, configs: OpenFolder, foreignKeys: Set<String>,
        deletions: Deletions, pause: @escaping @Sendable (Milliseconds) -> Void
    ) {
        (self.pause, obstacle, self.configs, self.foreignKeys) = (pause, view.obstacle, configs, foreignKeys)
        self.deletions = deletions
        ofDatabase = OwnInterfaces(database: database)
        firewall = FirewallRun(folder: configs)
        silent = view.silent
        do throws(LookFailure) {
            before = try view.interfaces?.state(&silent, of: ofDatabase) ?? before
            live = view.interfaces
        } catch {
            record.errors.append("live interfaces cannot be listed: \(error)")
            (live, obstacle) = (nil, .unseen)
        }
    }

    /// Call it before an interface of the database is touched.
    mutating func noteSight() {
        guard !isSighted, let live else { return }
        isSighted = true
        do throws(FileFailure) {
            try firewall.remember(try live.place)
        } catch {
            record.errors.append("\(error), so a later run may not know that the firewall script still has to be run")
        }
    }

    /// Why interfaces were not brought in line; nil where they were.
    var notApplied: NotApplied? {
        if let obstacle { return obstacle }
        if !record.errors.isEmpty { return .inPart }
        guard isSighted else { return live?.isPlaceGiven == true ? .nothingInNamespace : .nothingInSight }
        return strays.isSuperset(of: record.leftAlone) && record.notApplied.isEmpty ? nil : .inPart
    }

    /// Whether the interfaces could not be listed.
    var isUnseen: Bool { obstacle == .unseen }

    /// The numbers of interfaces that are up and named like the application's.
    var numbers: Set<Int> {
        Set(
            before.unreadable.union(before.publicKeys.keys).compactMap {
                InterfaceName.number(ofConfig: $0 + ".conf")
            })
    }

    /// Whether the instance's config needs no more work. An interface that is down counts only if other interfaces of
    /// the database were seen here: it may be up somewhere else.
    func isDone(with number: Int) -> Bool { isSighted && inLine.contains(number) }

    /// Whether no interface of a removed instance can still be up under this number.
    func isGone(_ number: Int) -> Bool {
        let name = InterfaceName.of(number)
        guard let live, isSighted || live.isPlaceGiven else { return false }
        return !before.isUp(name) || record.down.contains(name)
    }

    // MARK: Firewall

    /// Runs the firewall script if it has changed since it was last run, and belongs here.
    ///
    /// While the interface of a removed instance is up, the script is not run: its rules no longer restrict that
    /// customer.
    ///
    /// - Parameter isHere: whether it belongs here in any case.
    mutating func runFirewall(_ script: FirewallScript, isHere: Bool = false) {
        guard let live else { return }
        do {
            if try ClusterState.isUpOnWorkersAlone(ofDatabase.database) {
                if try isSighted && firewall.isPending {
                    record.remarks.append(
                        "\(FirewallScript.fileName) was not run: by the application's settings, no interface is up on this "
                            + "host")
                }
                return
            }
            guard try isHere || firewall.belongs(in: live, isSighted: isSighted) else { return }
            hasTriedFirewall = true
            record.firewallRun = try firewall.runIfPending(script, live, leftUp: leftUp)
        } catch {
            record.firewallRun = error is FirewallRun.Incomplete
            record.errors.append("the firewall does not match its script: \(error)")
        }
    }

    // MARK: Proof

    /// Inspects the final state of the interfaces. The database's interfaces that did not answer before are asked
    /// once more, because their peers decide the results of accounts.
    ///
    /// - Returns: nil where the system does not answer; the record states it.
    mutating func proof() -> ProofOfEffect? {
        guard let live else { return nil }
        do throws(LookFailure) {
            let after = try live.state(&silent, of: ofDatabase, askingAgain: own)
            requirePeers(after)
            record.unseen = after.unreadable.subtracting(own).sorted()
            if !after.unasked.isEmpty {
                record.remarks.append(
                    "these interfaces were not asked, because too many that belong to somebody else did not answer: "
                        + after.unasked.sorted().firstFew() + "; a removed key may be on one of them")
            }
            let ownUnseen = after.unreadable.intersection(own)
            if !ownUnseen.isEmpty {
                let why =
                    ownUnseen.isSubset(of: after.silent)
                    ? "do not answer"
                    : ownUnseen.isDisjoint(with: after.unasked) ? "cannot be read" : "do not answer or were not asked"
                record.errors.append(
                    "it is unknown which peers these interfaces have, because they \(why): "
                        + "\(ownUnseen.sorted().firstFew())"
                )
            }
            return ProofOfEffect(after, isSighted: isSighted, rightful: rightful, own: own)
        } catch {
            record.errors.append("it is unknown which tunnels are up: \(error)")
            return nil
        }
    }
}

extension ConfigsRecord {
    /// Adds the results of the live interfaces.
    mutating func take(_ pass: LivePass) {
        live = pass.record
        errors += pass.record.errors
        // An interface cannot be in line with a config that could not be written.
        notApplied = pass.notApplied ?? (errors.isEmpty ? nil : .inPart)
    }
}
