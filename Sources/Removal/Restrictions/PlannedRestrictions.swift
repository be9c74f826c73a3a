import ControlPlane
import Feed
import GRDB
import Journal

/// What a removal would keep restricted, found as the removal finds it, and without doing anything.
package enum PlannedRestrictions {
    /// Looks for them in the database as it is now.
    ///
    /// - Parameter before: what goes before, in the same call.
    /// - Returns: by the place of the entry.
    /// - Throws: ``DatabaseFailure``.
    package static func all(
        of plan: Plan, after before: PlannedRemovals, in database: ControlPlaneDatabase
    ) throws -> [Int: [KeptRestriction]] {
        let removals = plan.removalsInOrder
        guard !removals.isEmpty else { return [:] }
        let targets = before.removals.map(\.target) + removals.map(\.target)
        return try database.lookingUp(while: "look for what a removal would leave empty") { db in
            let tables = try TablesInUse(db, schema: database.schema)
            try GoneRows.createTables(db)
            let places = try GoneRows(db, schema: database.schema, tables).enter(targets, SessionIndex())
            var found: [Int: [KeptRestriction]] = [:]
            let rules = try RemovalNotes(db, tables).orphanedRules(places)
            let others = try AccessRestrictions(db, schema: database.schema, tables).emptied(places)
            for relation in rules + others where relation.account >= before.removals.count {
                let place = removals[relation.account - before.removals.count].place
                found[place, default: []].append(KeptRestriction(relation, .planned))
            }
            return found
        }
    }
}
