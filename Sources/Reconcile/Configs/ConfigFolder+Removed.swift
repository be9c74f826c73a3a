import GRDB

// What removed instances leave: a config each, and an interface.
extension ConfigFolder {
    /// Takes the interfaces of removed instances down, and deletes their configs.
    func removeWhatIsGone(
        _ update: inout ConfigUpdate, _ live: inout LivePass, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings
    ) throws {
        let numbers = live.numbers
        var (strays, withoutConfig, removed) = try database.readOnly(
            while: "read the instances and the journal of the database"
        ) { db in
            let present = Set(
                try Row.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance")
                    .compactMap { $0.integer(0) }.map { Int($0) })
            let strays = update.strays(besides: present)
            let strayNumbers = strays.compactMap(InterfaceConfig.number(ofFileNamed:))
            let withoutConfig = numbers.subtracting(present).subtracting(strayNumbers)
            let removed = try Journal.removedInterfaces(among: withoutConfig.union(strayNumbers), in: db)
            return (strays, withoutConfig, removed)
        }
        for number in removed.keys { removed[number]?.publicKeys.formUnion(update.unapplied.earlierKeys(of: number)) }
        for name in strays {
            guard let number = InterfaceConfig.number(ofFileNamed: name), let interface = removed[number] else {
                update.record.unknown.append(name)
                continue
            }
            let key = publicKey(ofConfigNamed: name)
            guard isOurs(number, key, interface, update.causes) else {
                update.record.unknown.append(name)
                continue
            }
            if live.takeDown(number, configAt: path + "/" + name, withKey: key, interface) {
                // Within a read transaction: an instance that the application adds meanwhile under this number is either
                // seen here, or its config is written after the old one is gone.
                try database.readOnly(while: "read the instances of the database") { db in
                    let instance = try Row.fetchOne(
                        db, sql: "SELECT 1 FROM wireguard_wireguardinstance WHERE instance_id = ?", arguments: [number])
                    if instance == nil { update.delete(name) }
                }
            } else {
                update.keep(name)
            }
            surroundings.observe(.checkpoint(.configDeleted))
        }
        for number in withoutConfig.sorted() {
            if let interface = removed[number] { live.takeDownWithoutConfig(number, interface) }
        }
    }

    /// Whether a config under the number of a removed instance is that instance's. A freed number is anybody's to use: a
    /// config that an administrator made by hand has a key that no removed instance had.
    private func isOurs(_ number: Int, _ key: String?, _ removed: Journal.RemovedInterface, _ causes: Causes) -> Bool {
        // Until this run the number was the instance's, and so was the file, whatever key an export has left in it.
        causes.removedInterfaces.contains(number) || key.map(removed.publicKeys.contains) == true
    }

    /// nil where the config has no valid private key, or cannot be read, so that it does not tell whose it is.
    private func publicKey(ofConfigNamed name: String) -> String? {
        // Whoever asks takes a file that cannot be read for one that tells nothing.
        (try? FileContents.readRegularFile(path + "/" + name)).flatMap { $0.map { ConfigText($0).publicKey } } ?? nil
    }
}
