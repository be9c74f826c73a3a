import ControlPlane
import GRDB
import Glibc
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
    /// - Throws: ``LiveAccessFailure``, ``DatabaseFailure``, ``ConfigsFailure``.
    package mutating func requireReach(of database: ControlPlaneDatabase, configs folder: ConfigFolder) throws {
        guard let interfaces else { return }
        let isSighted = try requireReadable(of: database)
        let firewall = FirewallRun(folder: folder.folder)
        do throws(FileFailure) {
            let wasSighted = try firewall.isPending(in: interfaces.place)
            // A firewall script that is left alone is not run.
            guard isSighted || wasSighted || interfaces.isPlaceGiven, folder.learnt.foreignScript == nil else { return }
        } catch {
            throw ConfigsFailure(error)
        }
        try interfaces.programs.requireThoseOfFirewall()
    }

    /// - Returns: whether any interface of the database is seen here.
    /// - Throws: ``LiveAccessFailure`` where interfaces of the database are up and cannot be read;
    ///   ``DatabaseFailure``.
    mutating func requireReadable(of database: ControlPlaneDatabase) throws -> Bool {
        guard let interfaces else { return false }
        let state = try interfaces.stateAtStart(&silent, of: OwnInterfaces(database: database))
        return try readableInstances(of: database, upIn: state).areInSight(in: state)
    }

    /// The interfaces that are up under names of the database's instances.
    ///
    /// - Returns: those with the key that the database has for them, and those with another key.
    /// - Throws: as ``requireReadable(of:)``.
    package mutating func interfacesUp(of database: ControlPlaneDatabase) throws -> (own: [String], others: [String]) {
        guard let interfaces else { return ([], []) }
        let state = try interfaces.stateAtStart(&silent, of: OwnInterfaces(database: database))
        let instances = try readableInstances(of: database, upIn: state)
        let own = Set(instances.readable.filter { instances.isOwn($0, in: state) }.map(\.name))
        return (own.sorted(), instances.readable.map(\.name).filter { !own.contains($0) })
    }

    private func readableInstances(
        of database: ControlPlaneDatabase, upIn state: LiveInterfaces.State
    ) throws -> Instances {
        let instances = try Instances(of: database, upIn: state)
        // As root, a single unreadable interface does not stop the run, and neither does one that does not answer.
        // Without permission, all of them are unreadable.
        if !instances.unreadable.isEmpty, geteuid() != 0 || instances.readable.isEmpty {
            throw LiveAccessFailure(.unreadable(instances.unreadable))
        }
        return instances
    }

    /// The database's instances whose interface names are up.
    private struct Instances {
        /// Interfaces that may not be read, in the order of the database.
        private(set) var unreadable: [String] = []
        /// Readable interfaces, each with the private key that the database has for it.
        private(set) var readable: [(name: String, privateKey: String)] = []

        init(of database: ControlPlaneDatabase, upIn state: LiveInterfaces.State) throws {
            if state.publicKeys.isEmpty && state.unreadable.isEmpty { return }
            let rows = try database.readOnly(while: "read the instances of the database") { db in
                try Row.fetchAll(db, sql: "SELECT instance_id, private_key FROM wireguard_wireguardinstance")
            }
            let forbidden = state.unreadable.subtracting(state.silent).subtracting(state.unasked)
            for row in rows {
                guard let number = row.integer(0) else { continue }
                let name = InterfaceName.of(Int(number))
                if state.publicKeys[name] != nil { readable.append((name, row.text(1) ?? "")) }
                if forbidden.contains(name) { unreadable.append(name) }
            }
        }

        /// Whether any interface has the key from the database, and not only the name.
        func areInSight(in state: LiveInterfaces.State) -> Bool {
            readable.contains { isOwn($0, in: state) }
        }

        func isOwn(_ instance: (name: String, privateKey: String), in state: LiveInterfaces.State) -> Bool {
            WireGuardKey.publicKey(ofPrivateKey: instance.privateKey) == state.publicKeys[instance.name]
        }
    }
}
