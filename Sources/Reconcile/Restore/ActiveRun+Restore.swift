import ControlPlane
import Feed
import Journal
import Removal
import Support

// Accounts that the feed brings back.
extension ActiveRun {
    /// The statuses by which a feed had removed what a feed may bring back. Who cancelled has to be asked.
    private static let temporaryStatuses: Set = ["suspended", "payment_failed"]

    /// Restores the accounts that the feed says are active, where the operator wants that. What one of them is refused
    /// for is a note to its entry.
    mutating func restoreActiveAccounts() {
        guard let limit = options.maxRestores, stop == nil, !surroundings.isStopRequested() else { return }
        do {
            let now = surroundings.now()
            let found = try database.readOnly(while: "read the journal of the database") { db in
                try RestorableAccounts(at: now, in: db)
            }
            for place in 0..<plan.entries.countOfFeed where plan.decisions.standings[brief: place] == .stays {
                let entry = plan.entries[place]
                let result = AccountResult(entry: entry, outcome: .skipped)
                guard entry.status?.lowercased() == "active", let archive = found.archive(for: result, of: plan),
                    !archive.isByOperator, archive.status.map(Self.temporaryStatuses.contains) == true
                else { continue }
                guard restorations.restored.count < limit else {
                    restorations.sentences[place] = "not restored: --max-restores allows \(limit) in a run"
                    continue
                }
                try restore(archive, at: place)
            }
        } catch let error as any ExplainedError {
            stop = error
        } catch {
            stop = DatabaseFailure(
                .other(code: -1), while: "restore accounts in the database", on: database.path, message: "\(error)")
        }
    }

    private mutating func restore(_ archive: Journal.Archive, at place: Int) throws {
        let account = try RestoreTransaction(database: database, runID: id, now: surroundings.now(), renumbers: false)
            .restore(archive)
        switch account {
        case .success(let account):
            restorations.restored.append(account)
            let names = account.interfaceNumbers.map(InterfaceName.of).joined(separator: ", ")
            restorations.sentences[place] =
                "restored" + (names.isEmpty ? "" : ", with \(names)")
                + account.leftOut.map { "; left out: \($0)" }.joined()
        case .failure(let refusal): restorations.sentences[place] = "not restored: \(refusal)"
        }
    }
}

/// What a run has restored.
struct Restorations: Sendable {
    var restored: [RestoredAccount] = []
    /// What became of the accounts, by the places of their entries.
    var sentences: [Int: String] = [:]

    var interfaceNumbers: Set<Int> { Set(restored.flatMap(\.interfaceNumbers)) }
}
