import ControlPlane
import Journal
import Support

// Configs of no instance of the database that hold removed keys: an export that began before the removal has written
// them back, or somebody has made them by hand. Whoever brings interfaces up from this folder, such as a worker of a
// cluster that has just started, brings up these as well.
extension ConfigFolder {
    /// Reopens the removals, in the journal, whose keys are in these configs: an interface may have them again. Call it
    /// before any of the files is deleted.
    ///
    /// - Parameters:
    ///   - gone: configs of removed instances, which will be deleted.
    ///   - others: configs that will be left alone. They matter in a cluster, whose workers fetch them.
    func reopenRemovals(
        gone: [String], others: [String], _ update: inout ConfigUpdate, in database: ControlPlaneDatabase
    ) throws {
        // No run has seen the keys that this run has removed as gone, so there is nothing to reopen for them.
        let earlier = gone.filter { name in
            InterfaceName.number(ofConfig: name).map(update.causes.removedInterfaces.contains) != true
        }
        if earlier.isEmpty && others.isEmpty { return }
        let (found, leftAlone) = try database.readOnly(while: "look in the journal of the database for removed keys") {
            db in
            let isCluster = try ClusterState(in: db, database.schema) != nil
            let leftAlone = isCluster ? keys(of: others) : [:]
            let all = leftAlone.merging(keys(of: earlier)) { first, _ in first }
            return (try Journal.removals(ofKeys: Set(all.values.joined()), in: db), leftAlone)
        }
        for (name, keys) in leftAlone.sorted(by: { $0.key < $1.key }) {
            if let key = keys.intersection(found.keys).min() { update.note(removedKey: key, inStray: name) }
        }
        update.reopenedKeys = found.keys
        if found.settledRows.isEmpty { return }
        try database.write(while: "note in the journal of the database that removed keys are in configs again") { db in
            try Journal.prepare(in: db)
            try Journal.reopen(found.settledRows, in: db)
        }
    }

    private func keys(of names: [String]) -> [String: Set<String>] {
        names.reduce(into: [:]) { keys, name in keys[name] = peerKeys(ofConfig: name) }
    }

    /// The public keys of the peers in a config; nil if it cannot be read. Links are followed, because the application
    /// follows them when it gives the files to workers.
    func peerKeys(ofConfig name: String) -> Set<String>? {
        // A file that cannot be read is not fetched either: the application answers workers with an error. Nor is a
        // link that leads nowhere. And no interface has come up from such a file.
        (try? folder.contentBehindLink(name)).map { ConfigText($0).peerKeys }
    }
}
