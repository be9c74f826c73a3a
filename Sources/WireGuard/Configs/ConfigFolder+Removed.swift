import ControlPlane
import GRDB
import Journal
import Support

// Deletes what removed instances leave behind: the config, the interface, and the scripts of a bandwidth limit.
extension ConfigFolder {
    /// Takes down the interfaces of removed instances and deletes their files.
    func removeWhatIsGone(
        _ update: inout ConfigUpdate, _ live: inout LivePass, from database: ControlPlaneDatabase,
        _ surroundings: Surroundings
    ) throws {
        let numbers = live.numbers
        // List the configs before reading the database. An instance that the application adds in between is then not
        // in this list.
        let configNames = update.configNames()
        // If the application does not write such scripts, a file with that name belongs to somebody else.
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
            // Instances whose config somebody else has deleted: the application's own endpoint leaves the scripts
            // behind.
            let scriptsAlone = scripts.subtracting(present).subtracting(strayNumbers)
            let removed = try Journal.removedInterfaces(
                among: withoutConfig.union(strayNumbers).union(scriptsAlone), in: db)
            return (strays, withoutConfig, scriptsAlone.filter { removed[$0] != nil }.sorted(), removed)
        }
        for number in removed.keys { removed[number]?.publicKeys.formUnion(update.unapplied.earlierKeys(of: number)) }
        let gone = Set(
            strays.filter { name in
                guard let number = InterfaceName.number(ofConfig: name), let interface = removed[number] else {
                    return false
                }
                return isOurs(number, interface, update.causes)
            })
        try reopenRemovals(
            gone: Array(gone), others: strays.filter { !gone.contains($0) }, &update, in: database)
        var orphaned: [String] = []
        for name in strays {
            guard gone.contains(name), let number = InterfaceName.number(ofConfig: name),
                let interface = removed[number]
            else {
                update.record.unknown.append(name)
                if let number = InterfaceName.number(ofConfig: name) {
                    live.noteStray(number)
                    if update.causes.removedInterfaces.contains(number) { update.noteForeign(name) }
                }
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
            // Taking interfaces down may have taken minutes. Somebody may have put another config there meanwhile.
            guard let interface = removed[number], isOurs(number, interface, update.causes) else { return }
            // Delete the config last: if this run is cut short, the next one finds the scripts by it.
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
        for (number, interface) in removed { live.noteLeftUp(number, interface) }
    }

    /// How many instances' files are deleted within one transaction. It takes some milliseconds, during which the
    /// application cannot commit.
    private static let deletionsInATransaction = 200

    /// Deletes the files of removed instances whose interfaces are down.
    private func deleteFiles(
        ofRemoved numbers: [Int], _ update: inout ConfigUpdate, from database: ControlPlaneDatabase,
        _ delete: (Int, inout ConfigUpdate) -> Void
    ) throws {
        guard !numbers.isEmpty, update.mayChangeFiles() else { return }
        for start in stride(from: 0, to: numbers.count, by: Self.deletionsInATransaction) {
            let some = numbers[start..<min(numbers.count, start + Self.deletionsInATransaction)]
            // This transaction keeps others from committing. If the application adds an instance under one of these
            // numbers, it is either seen here, or its config is written after the old one is deleted.
            try database.withoutCommitsOfOthers(while: "read the instances of the database") { db in
                let present = try HeldStatement(
                    db, sql: "SELECT 1 FROM wireguard_wireguardinstance WHERE instance_id = ?")
                for number in some where try !present.finds(Int64(number)) { delete(number, &update) }
            }
        }
    }

    /// Whether the config under a removed instance's number belongs to that instance. Anybody may reuse a free
    /// number: a config that an administrator made by hand has a key that no removed instance had.
    private func isOurs(_ number: Int, _ removed: Journal.RemovedInterface, _ causes: Causes) -> Bool {
        let key = ConfigText.publicKey(ofConfigOf: number, in: folder)
        if key.map(removed.publicKeys.contains) == true { return true }
        // Until this run, the number and the file belonged to the instance, whatever key an export has left in the
        // file, unless its peers show that it is somebody else's.
        return causes.removedInterfaces.contains(number) && !learnt.ownership.ofOthers.contains(number)
    }
}
