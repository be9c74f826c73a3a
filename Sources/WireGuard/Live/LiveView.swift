import ControlPlane
import GRDB
import Journal
import Support

/// The live interfaces that a run can reach, or why it cannot.
package struct LiveView: Sendable {
    package let interfaces: LiveInterfaces?
    /// nil where they can be reached.
    package let obstacle: NotApplied?
    /// The interfaces that did not answer so far.
    package private(set) var silent: SilentInterfaces

    /// Finds the programs.
    ///
    /// - Parameters:
    ///   - access: nil to leave live interfaces alone.
    ///   - silent: interfaces that did not answer earlier in this call.
    /// - Throws: ``LiveAccessFailure``.
    package init(_ access: LiveAccess?, silent: SilentInterfaces = SilentInterfaces()) throws(LiveAccessFailure) {
        self.silent = silent
        guard let access else {
            (interfaces, obstacle) = (nil, .notAsked)
            return
        }
        interfaces = try LiveInterfaces(access)
        obstacle = interfaces == nil ? .noPrograms : nil
    }

    /// Checks, before anything is removed, that the necessary changes to live interfaces are possible.
    ///
    /// - Throws: ``LiveAccessFailure``, ``ForeignConfigs``, ``DatabaseFailure``, ``ConfigsFailure``.
    package mutating func requireReach(of database: ControlPlaneDatabase, configs folder: ConfigFolder) throws {
        guard let interfaces else { return }
        let own = try interfacesUp(of: database, configs: folder.folder).own
        if let refusal = folder.learnt.ownership.refusal(of: folder.folder.path, whileUp: own) { throw refusal }
        // A firewall script that is left alone is not run.
        guard try runsFirewall(in: folder.folder, of: database, isSighted: !own.isEmpty),
            folder.learnt.foreignScript == nil
        else {
            return
        }
        try interfaces.programs.others.requireThoseOfFirewall()
    }

    /// Notes which configs of somebody else are in use. Where interfaces cannot be listed, none is known to be.
    func noteUp(in ownership: inout ConfigOwnership, of database: ControlPlaneDatabase) {
        var silent = silent
        guard let state = try? interfaces?.state(&silent, of: OwnInterfaces(database: database)) else { return }
        ownership.noteUp(state.publicKeys, state.peers)
    }

    /// Whether a run would run a firewall script that has changed; see ``FirewallRun/belongs(in:isSighted:)``.
    ///
    /// - Parameter isSighted: whether an interface of the database is up with the database's key.
    /// - Throws: ``ConfigsFailure``, ``DatabaseFailure``.
    package func runsFirewall(
        in folder: OpenFolder, of database: ControlPlaneDatabase, isSighted: Bool
    ) throws -> Bool {
        guard let interfaces, try !ClusterState.isUpOnWorkersAlone(database) else { return false }
        return try ConfigsFailure.wrapping { () throws(FileFailure) in
            try FirewallRun(folder: folder).belongs(in: interfaces, isSighted: isSighted)
        }
    }

    /// The interfaces that are up under no instance's name, with a key that neither an instance nor a removed one has.
    package func strangers(
        among up: InterfacesUp, of database: ControlPlaneDatabase
    ) throws -> [String] {
        guard !up.others.isEmpty else { return [] }
        return try database.readOnly(while: "read the instances of the database") { db in
            let keys = Set(
                try Row.fetchAll(db, sql: "SELECT private_key FROM wireguard_wireguardinstance")
                    .compactMap { $0.text(0).flatMap { WireGuardKey.publicKey(ofPrivateKey: $0) } })
            let numbers = up.others.keys.compactMap { InterfaceName.number(ofConfig: $0 + ".conf") }
            let removed = try Journal.removedInterfaces(among: Set(numbers), in: db)
            return up.others.filter { name, key in
                let number = InterfaceName.number(ofConfig: name + ".conf")
                return !keys.contains(key) && number.flatMap { removed[$0] }?.publicKeys.contains(key) != true
            }.keys.sorted()
        }
    }

    /// The interfaces that are up under names of the database's instances.
    ///
    /// - Parameter folder: the folder of the configs, which knows of earlier keys; nil where it cannot be opened.
    /// - Throws: ``LiveAccessFailure`` where interfaces of the database are up and cannot be read;
    ///   ``DatabaseFailure``, ``ConfigsFailure``.
    package mutating func interfacesUp(
        of database: ControlPlaneDatabase, configs folder: OpenFolder?
    ) throws -> InterfacesUp {
        guard let interfaces else { return InterfacesUp() }
        let state = try interfaces.stateAtStart(&silent, of: OwnInterfaces(database: database))
        if state.publicKeys.isEmpty && state.unreadable.isEmpty { return InterfacesUp() }
        let earlier = try folder.map { folder in
            try ConfigsFailure.wrapping { () throws(FileFailure) in try UnappliedConfigs(in: folder) }
        }
        return try database.readOnly(while: "read the instances of the database") { db in
            try InterfacesUp(state, earlier, in: db)
        }
    }
}
