import ControlPlane
import GRDB
import Journal
import Support

// What removed instances leave: a config each, an interface, and the scripts of a bandwidth limit.
extension ConfigFolder {
    /// Takes the interfaces of removed instances down, and deletes their files.
    func removeWhatIsGone(
        _ update: inout ConfigUpdate, _ live: inout LivePass, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings
    ) throws {
        let numbers = live.numbers
        // Before the database is read: what the application adds in between has no config in this list.
        let configNames = update.configNames()
        // Where the application writes none, a file of such a name is somebody else's.
        let limitsBandwidth = database.schema.capabilities.limitsBandwidth
        let scripts = limitsBandwidth ? update.bandwidthScripts() : []
        var (strays, withoutConfig, scriptsAlone, removed) = try database.readOnly(
            while: "read the instances and the journal of the database"
        ) { db in
            var present: Set<Int> = []
            try HeldStatement(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance").forEachRow { row in
                if row.isInteger(0) { present.insert(row.integer(0)) }
            }
            let strays = configNames.filter { name in
                InterfaceName.number(ofConfig: name).map(present.contains) != true
            }
            let strayNumbers = strays.compactMap(InterfaceName.number(ofConfig:))
            let withoutConfig = numbers.subtracting(present).subtracting(strayNumbers)
            // Of instances whose config was deleted by somebody else: the application's own endpoint leaves the scripts.
            let scriptsAlone = scripts.subtracting(present).subtracting(strayNumbers)
            let removed = try Journal.removedInterfaces(
                among: withoutConfig.union(strayNumbers).union(scriptsAlone), in: db)
            return (strays, withoutConfig, scriptsAlone.filter { removed[$0] != nil }.sorted(), removed)
        }
        for number in removed.keys { removed[number]?.publicKeys.formUnion(update.unapplied.earlierKeys(of: number)) }
        var orphaned: [String] = []
        for name in strays {
            guard let number = InterfaceName.number(ofConfig: name), let interface = removed[number],
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
        try deleteFiles(ofRemoved: orphaned.compactMap(InterfaceName.number), &update, from: database) {
            number, update in
            // Interfaces may have taken minutes, in which somebody may have put a config of his own there.
            guard let interface = removed[number], isOurs(number, interface, update.causes) else { return }
            // The config last: by it a run after one that was cut short finds the scripts.
            if limitsBandwidth { update.deleteBandwidthScripts(of: number) }
            update.delete(InterfaceName.config(of: number))
            surroundings.observe(.checkpoint(.configDeleted))
        }
        try deleteFiles(ofRemoved: scriptsAlone, &update, from: database) { number, update in
            if update.hasNoConfig(number) { update.deleteBandwidthScripts(of: number) }
        }
        for number in withoutConfig.sorted() {
            if let interface = removed[number] { live.takeDownWithoutConfig(number, interface) }
        }
    }

    /// Of how many instances files are deleted within one transaction, in which the application cannot commit: some
    /// milliseconds.
    private static let deletionsInATransaction = 200

    /// Deletes files of removed instances whose interfaces are down.
    private func deleteFiles(
        ofRemoved numbers: [Int], _ update: inout ConfigUpdate, from database: ControlPlaneDatabase,
        _ delete: (Int, inout ConfigUpdate) -> Void
    ) throws {
        guard !numbers.isEmpty, update.mayChangeFiles() else { return }
        for start in stride(from: 0, to: numbers.count, by: Self.deletionsInATransaction) {
            let some = numbers[start..<min(numbers.count, start + Self.deletionsInATransaction)]
            // Within a transaction that keeps others from committing: an instance that the application adds meanwhile under
            // such a number is either seen here, or its config is written after the old one is gone.
            try database.withoutCommitsOfOthers(while: "read the instances of the database") { db in
                let present = try HeldStatement(
                    db, sql: "SELECT 1 FROM wireguard_wireguardinstance WHERE instance_id = ?")
                for number in some where try !present.finds(Int64(number)) { delete(number, &update) }
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
