import ControlPlane
import GRDB
import Glibc
import Journal

/// The interfaces that are up under names of a database's instances, by whose key they have.
package struct InterfacesUp: Sendable {
    /// With the key that the database has for them.
    package private(set) var own: [String] = []
    /// With the key of another instance of the database; each with the name of that one's interface.
    package private(set) var exchanged: [(name: String, keyOf: String)] = []
    /// With a key that the instance had before the last export, or with that of a removed instance. A run brings them in
    /// line or takes them down.
    package private(set) var outdated: [String] = []
    /// With a key that the database does not have at all.
    package private(set) var foreign: [String] = []
    /// Those that did not answer or were not asked, under names of instances.
    package private(set) var silent: [String] = []
    /// The same under other names.
    package private(set) var silentOthers: [String] = []
    /// Those under other names, with their keys.
    private(set) var others: [String: String] = [:]

    /// All under names of instances, in no order.
    package var all: [String] { own + silent + exchanged.map(\.name) + outdated + foreign }

    init() {}

    /// - Parameter unapplied: the configs whose interfaces may have an earlier key.
    /// - Throws: ``LiveAccessFailure`` where they cannot be read.
    init(_ state: LiveInterfaces.State, _ unapplied: UnappliedConfigs?, in db: Database) throws {
        let forbidden = state.unreadable.subtracting(state.silent).subtracting(state.unasked)
        var unreadable: [String] = []
        var others: [Int: String] = [:]
        let instances = try Row.fetchAll(
            db, sql: "SELECT instance_id, private_key FROM wireguard_wireguardinstance"
        ).compactMap { row in row.integer(0).map { (number: Int($0), privateKey: row.text(1) ?? "") } }
        for (number, privateKey) in instances {
            let name = InterfaceName.of(number)
            if forbidden.contains(name) { unreadable.append(name) }
            guard let key = state.publicKeys[name] else { continue }
            if key == WireGuardKey.publicKey(ofPrivateKey: privateKey) {
                own.append(name)
            } else {
                others[number] = key
            }
        }
        // As root, a single unreadable interface does not stop the run, and neither does one that does not answer.
        // Without permission, all of them are unreadable.
        if !unreadable.isEmpty, geteuid() != 0 || (own.isEmpty && others.isEmpty) {
            throw LiveAccessFailure(.unreadable(unreadable))
        }
        let names = Set(instances.map { InterfaceName.of($0.number) })
        let quiet = state.silent.union(state.unasked)
        silent = quiet.intersection(names).sorted()
        silentOthers = quiet.subtracting(names).sorted()
        self.others = state.publicKeys.filter { !names.contains($0.key) }
        if others.isEmpty { return }
        let removed = try Journal.removedInterfaces(among: Set(others.keys), in: db)
        let instancesByKey = Dictionary(
            instances.compactMap { instance in
                WireGuardKey.publicKey(ofPrivateKey: instance.privateKey).map { ($0, instance.number) }
            }, uniquingKeysWith: { first, _ in first })
        for (number, key) in others.sorted(by: { $0.key < $1.key }) {
            let name = InterfaceName.of(number)
            if unapplied?.mayHave(number, key) == true || removed[number]?.publicKeys.contains(key) == true {
                outdated.append(name)
            } else if let other = instancesByKey[key] {
                exchanged.append((name, InterfaceName.of(other)))
            } else {
                foreign.append(name)
            }
        }
    }
}
