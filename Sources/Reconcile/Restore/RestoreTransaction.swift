import ControlPlane
import GRDB
import Journal
import Removal
import Support
import WireGuard

/// Restores one account in a transaction of its own.
struct RestoreTransaction {
    let database: ControlPlaneDatabase
    let runID: RunID
    let now: UTCTime
    let renumbers: Bool
    let configs: ConfigFolder
    /// Whether interfaces are brought up.
    let isLive: Bool
    /// When the feed that brings the account back was made; nil if an operator restores it.
    var feedTime: UTCTime?
    /// Whether to look only: the transaction is rolled back.
    var isDry = false

    /// Thrown to roll back what was only looked at.
    private struct LookedOnly: Error { var account: RestoredAccount }

    /// - Throws: ``DatabaseFailure`` for an error that would affect every account.
    func restore(_ archive: Journal.Archive) throws -> Result<RestoredAccount, RestoreRefusal> {
        do {
            return .success(
                try database.writeSecurely(while: "restore an account in the database") { db in
                    try Journal.prepare(in: db)
                    var restoration = try AccountRestoration(
                        of: archive, in: db, database.schema, runID: runID, now: now, renumbers: renumbers,
                        occupied: configs.numbers(), ofOthers: configs.numbersOfOthers, feedTime: feedTime)
                    do {
                        let account = try restoration.restore()
                        if isDry { throw LookedOnly(account: account) }
                        // Before the commit, because the archive does not have the files afterwards. If the commit
                        // fails, the next run deletes the configs of an account that is not in the database.
                        try configs.prepareToRestore(account.files, bringingUp: isLive ? account.interfaceNumbers : [])
                        return account
                    } catch let error as DatabaseError where !error.endsTheRun {
                        throw RestoreRefusal.database(error.message ?? "error \(error.extendedResultCode.rawValue)")
                    }
                }.value)
        } catch let looked as LookedOnly {
            return .success(looked.account)
        } catch let refusal as RestoreRefusal {
            return .failure(refusal)
        }
    }
}
