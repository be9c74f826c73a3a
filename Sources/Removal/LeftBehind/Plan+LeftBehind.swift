import ControlPlane
import GRDB

extension Plan {
    /// What the accounts of the plan would leave behind.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func leftBehind(in database: ControlPlaneDatabase) throws -> LeftBehindFindings {
        try database.readOnly(while: "look for what accounts leave behind") { db in
            let removals = removals
            let rows = try LeftBehindRows(reading: db, schema: database.schema)
            let addresses =
                try rows.atAddresses.isEmpty
                ? [:] : HeldAddresses.of(Set(removals.flatMap { $0.target.instances.map(\.uuid) }), in: db)
            let accounts = removals.map { place, target in
                LeftBehindFindings.Account(
                    place: place, addresses: target.instances.flatMap { addresses[$0.uuid] ?? [] },
                    interfaceNumbers: target.instances.map(\.interfaceNumber), removal: .planned)
            }
            return try LeftBehindFindings(of: accounts + accountsRemovedEarlier, among: rows, in: db)
        }
    }

    /// Absent accounts that earlier runs have removed.
    package var accountsRemovedEarlier: [LeftBehindFindings.Account] {
        decisions.resolved.compactMap { place, decision in
            guard case .absent(let earlier?, _) = decision else { return nil }
            return LeftBehindFindings.Account(
                place: place, addresses: earlier.addresses, interfaceNumbers: earlier.interfaceNumbers,
                removal: .byAnEarlierRun)
        }
    }
}
