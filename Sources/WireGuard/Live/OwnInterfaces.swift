import ControlPlane
import GRDB
import Journal

/// Which interfaces have names of a database's instances, or of instances that runs have removed from it. They are
/// asked first, so that interfaces of somebody else that hang keep no account's state unknown.
struct OwnInterfaces {
    let database: ControlPlaneDatabase

    /// - Returns: those among the names; none where the database cannot be read.
    func among(_ names: Set<String>) -> Set<String> {
        let numbers = Set(names.compactMap { InterfaceName.number(ofConfig: $0 + ".conf") })
        guard !numbers.isEmpty else { return [] }
        // The result decides the order only. What reads the database next reports the failure.
        let own = try? database.readOnly(while: "read the instances and the journal of the database") { db in
            var present: Set<Int> = []
            try HeldStatement(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance").forEachRow { row in
                if row.isInteger(0), numbers.contains(row.integer(0)) { present.insert(row.integer(0)) }
            }
            return present.union(try Journal.removedInterfaces(among: numbers.subtracting(present), in: db).keys)
        }
        return Set((own ?? []).map(InterfaceName.of))
    }
}
