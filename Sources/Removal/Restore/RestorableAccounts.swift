import Feed
import GRDB
import Journal
import Support

/// The removed accounts that can come back, and until when.
package struct RestorableAccounts: Sendable {
    private let archives: [String: Journal.Archive]
    /// The spelling hashes of their names, so that a large feed needs no look-up per entry.
    package let hashes: Set<Int>
    /// The current run. The names in its plan include the accounts that it has removed.
    private let run: RunID?

    package init(at now: UTCTime, of run: RunID?, in db: Database) throws {
        archives = try Journal.restorable(at: now, in: db)
        hashes = Set(archives.keys.map { NearSpelling.hash(of: $0) })
        self.run = run
    }

    package var isEmpty: Bool { archives.isEmpty }

    package func mayHave(hash: Int) -> Bool { hashes.contains(hash) }

    /// The archive of the account; nil if there is none, or if an account with this name exists.
    package func archive(for result: AccountResult, of plan: Plan) -> Journal.Archive? {
        let hash = plan.decisions.standings.spellingHash(of: result.entry.number - 1)
        guard hashes.contains(hash), let archive = Mailbox(result.entry.email).flatMap({ archives[$0.canonical] })
        else {
            return nil
        }
        let isGone = archive.runID == run?.description || result.outcome.isDone || !plan.nameHashes.contains(hash)
        return isGone ? archive : nil
    }
}
