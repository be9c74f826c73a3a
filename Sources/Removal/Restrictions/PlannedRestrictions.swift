import ControlPlane
import Feed
import GRDB
import Journal

/// Finds what a removal would keep restricted, in the same way as the removal does, without changing anything.
package enum PlannedRestrictions {
    /// Looks in the database as it is now.
    ///
    /// - Parameter before: what is removed before, in the same call.
    /// - Returns: the restrictions, by the place of the entry.
    /// - Throws: ``DatabaseFailure``.
    package static func all(
        of plan: Plan, after before: PlannedRemovals, in database: ControlPlaneDatabase
    ) throws -> [Int: [KeptRestriction]] {
        let removals = plan.removalsInOrder
        guard !removals.isEmpty else { return [:] }
        let targets = before.removals.map(\.target) + removals.map(\.target)
        return try database.lookingUp(while: "look for what a removal would leave empty") { db in
            let tables = try TablesInUse(db, schema: database.schema)
            try RowsToDelete.createTables(db)
            let places = try RowsToDelete(db, schema: database.schema, tables).enter(targets, SessionIndex())
            var found: [Int: [KeptRestriction]] = [:]
            let rules = try RemovalNotes(db, tables).emptiedRules(places)
            let others = try AccessRestrictions(db, schema: database.schema, tables).emptied(places)
            for relation in rules + others where relation.account >= before.removals.count {
                let place = removals[relation.account - before.removals.count].place
                found[place, default: []].append(KeptRestriction(relation, .planned))
            }
            return found
        }
    }
}
