import Feed
import GRDB
import Journal
import Removal
import Support

/// The removed accounts that can come back, and until when.
package struct RestorableAccounts: Sendable {
    private let archives: [String: Journal.Archive]
    /// The spelling hashes of their names, so that a large feed needs no look-up per entry.
    private let hashes: Set<Int>

    init(at now: UTCTime, in db: Database) throws {
        archives = try Journal.restorable(at: now, in: db)
        hashes = Set(archives.keys.map { NearSpelling.hash(of: $0) })
    }

    /// nil for an account that is there: another one has its name.
    func limit(for result: AccountResult, of plan: Plan) -> UTCTime? {
        archive(for: result, of: plan)?.restorableUntil
    }

    func archive(for result: AccountResult, of plan: Plan) -> Journal.Archive? {
        let hash = plan.decisions.standings.spellingHash(of: result.entry.number - 1)
        guard hashes.contains(hash), result.outcome.isDone || !plan.nameHashes.contains(hash) else { return nil }
        return Mailbox(result.entry.email).flatMap { archives[$0.canonical] }
    }
}
