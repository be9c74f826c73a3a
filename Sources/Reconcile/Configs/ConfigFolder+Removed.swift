import GRDB

// What removed instances leave: a config each, and an interface.
extension ConfigFolder {
    /// Takes the interfaces of removed instances down, and deletes their configs.
    func removeWhatIsGone(
        _ update: inout ConfigUpdate, _ live: inout LivePass, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings
    ) throws {
        let numbers = live.numbers
        // Before the database is read: what the application adds in between has no config in this list.
        let configNames = update.configNames()
        var (strays, withoutConfig, removed) = try database.readOnly(
            while: "read the instances and the journal of the database"
        ) { db in
            var present: Set<Int> = []
            try HeldStatement(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance").forEachRow { row in
                if row.isInteger(0) { present.insert(row.integer(0)) }
            }
            let strays = configNames.filter { name in
                InterfaceConfig.number(ofFileNamed: name).map(present.contains) != true
            }
            let strayNumbers = strays.compactMap(InterfaceConfig.number(ofFileNamed:))
            let withoutConfig = numbers.subtracting(present).subtracting(strayNumbers)
            let removed = try Journal.removedInterfaces(among: withoutConfig.union(strayNumbers), in: db)
            return (strays, withoutConfig, removed)
        }
        for number in removed.keys { removed[number]?.publicKeys.formUnion(update.unapplied.earlierKeys(of: number)) }
        var orphaned: [String] = []
        for name in strays {
            guard let number = InterfaceConfig.number(ofFileNamed: name), let interface = removed[number],
                isOurs(number, interface, update.causes)
            else {
                update.record.unknown.append(name)
                continue
            }
            if live.takeDown(number, interface) {
                orphaned.append(name)
            } else {
                update.keep(name)
            }
        }
        try deleteOrphaned(orphaned, &update, from: database, surroundings) { number, update in
            // Interfaces may have taken minutes, in which somebody may have put a config of his own there.
            removed[number].map { isOurs(number, $0, update.causes) } == true
        }
        for number in withoutConfig.sorted() {
            if let interface = removed[number] { live.takeDownWithoutConfig(number, interface) }
        }
    }

    /// How many configs are deleted within one transaction, in which the application cannot commit: some milliseconds.
    private static let deletionsInATransaction = 200

    /// Deletes configs whose interfaces are down.
    private func deleteOrphaned(
        _ names: [String], _ update: inout ConfigUpdate, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings, where isOurs: (Int, ConfigUpdate) -> Bool
    ) throws {
        guard !names.isEmpty, update.mayChangeFiles() else { return }
        for start in stride(from: 0, to: names.count, by: Self.deletionsInATransaction) {
            let some = names[start..<min(names.count, start + Self.deletionsInATransaction)]
            // Within a transaction that keeps others from committing: an instance that the application adds meanwhile under
            // such a number is either seen here, or its config is written after the old one is gone.
            try database.withoutCommitsOfOthers(while: "read the instances of the database") { db in
                let present = try HeldStatement(
                    db, sql: "SELECT 1 FROM wireguard_wireguardinstance WHERE instance_id = ?")
                for name in some {
                    guard let number = InterfaceConfig.number(ofFileNamed: name), try !present.finds(Int64(number)),
                        isOurs(number, update)
                    else { continue }
                    update.delete(name)
                    surroundings.observe(.checkpoint(.configDeleted))
                }
            }
        }
    }

    /// Whether a config under the number of a removed instance is that instance's. A freed number is anybody's to use: a
    /// config that an administrator made by hand has a key that no removed instance had.
    private func isOurs(_ number: Int, _ removed: Journal.RemovedInterface, _ causes: Causes) -> Bool {
        // Until this run the number was the instance's, and so was the file, whatever key an export has left in it.
        causes.removedInterfaces.contains(number)
            || ConfigText.publicKey(ofConfigOf: number, in: folder).map(removed.publicKeys.contains) == true
    }
}
