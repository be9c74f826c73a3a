import ControlPlane
import Feed
import Journal
import Removal
import Support

// Accounts that the feed brings back, and those that it ends for good.
extension ActiveRun {
    /// Restores the accounts that the feed says are active, where the operator wants that.
    mutating func restoreActiveAccounts(besides later: LaterStatements) {
        guard options.maxRestores != nil || plan.continued != nil, stop == nil, !surroundings.isStopRequested() else {
            return
        }
        do {
            let now = surroundings.now()
            let found = try database.readOnly(while: "read the journal of the database") { db in
                try RestorableAccounts(at: now, of: id, in: db)
            }
            let candidates = RestoreCandidates(
                of: plan, among: found, besides: later, limit: options.maxRestores,
                restoredBefore: accountsRestoredBefore)
            for place in candidates.restoredBefore {
                restorations.notes[place] = .restored(" by an earlier part of this run")
            }
            for place in candidates.beyondLimit {
                restorations.notes[place] = .notRestored(RestoreCandidates.limitReached)
            }
            for (place, archive) in candidates.archives { try restore(archive, at: place) }
        } catch {
            stopRun(error, while: "restore accounts in the database")
        }
    }

    /// The accounts that an earlier part of this run has restored, and that are still there.
    private var accountsRestoredBefore: Set<String> {
        guard plan.continued != nil else { return [] }
        return Set(
            plan.guards.restorations.filter { mailbox, restoration in
                restoration.runID == id.description && plan.nameHashes.contains(NearSpelling.hash(of: mailbox))
            }.keys)
    }

    private mutating func stopRun(_ error: any Error, while operation: String) {
        stop =
            error as? any ExplainedError
            ?? DatabaseFailure(.other(code: -1), while: operation, on: database.path, message: "\(error)")
    }

    private mutating func restore(_ archive: Journal.Archive, at place: Int) throws {
        let transaction = RestoreTransaction(
            database: database, runID: id, now: surroundings.now(), renumbers: false, configs: configFolder,
            isLive: options.live != nil, feedTime: plan.guards.feedTime)
        switch try transaction.restore(archive) {
        case .success(let account):
            restorations.restored.append(account)
            let names = account.interfaceNumbers.map(InterfaceName.of).joined(separator: ", ")
            restorations.notes[place] = .restored(
                (names.isEmpty ? "" : ", with \(names)") + account.leftOut.map { "; left out: \($0)" }.joined())
        case .failure(let refusal): restorations.notes[place] = .notRestored("\(refusal)")
        }
    }

    /// Notes that the feed says again that removed accounts are ended. If it says that an account is gone for good,
    /// deletes what is kept of the removals that an earlier feed stated.
    mutating func heedEndedAccounts() {
        guard stop == nil else { return }
        do {
            let now = surroundings.now()
            // What a restore left waiting is kept as well.
            let kept = try database.readOnly(while: "read the journal of the database") { db in
                Dictionary(grouping: try Journal.archives(at: now, in: db), by: \.mailbox)
            }
            if kept.isEmpty { return }
            let hashes = Set(kept.keys.map { NearSpelling.hash(of: $0) })
            let feedTime = plan.guards.feedTime
            let named = plan.entries.indices.filter { place in
                guard plan.decisions.standings[brief: place] == .due,
                    hashes.contains(plan.decisions.standings.spellingHash(of: place)),
                    let archives = plan.entries[place].account.flatMap({ kept[$0.canonical] })
                else { return false }
                return archives.contains { $0.stated < feedTime } && !plan.guards.protects(plan.entries[place])
            }
            // A feed that was made later may say that the account stays.
            let ended = try database.readOnly(while: "read the journal of the database") { db in
                try named.filter { place in
                    let entry = plan.entries[place]
                    guard let account = entry.account else { return false }
                    return try Journal.statements(
                        newerThan: entry.deferral?.feedTime ?? feedTime, of: [account], in: db
                    ).first?.isPutOff ?? true
                }
            }
            guard !ended.isEmpty else { return }
            let entries = ended.map { plan.entries[$0] }
            let mailboxes = entries.compactMap { $0.account?.canonical }
            try database.write(while: "note in the journal of the database which accounts are ended") { db in
                try Journal.noteEnded(mailboxes, statedAt: feedTime, in: db)
            }
            let goneForGood = entries.filter(options.archive.isForGood)
                .flatMap { $0.account.flatMap { kept[$0.canonical] } ?? [] }
                .filter { $0.stated < feedTime }
            guard !goneForGood.isEmpty else { return }
            try database.writeSecurely(while: "delete what is kept of accounts that are gone for good") { db in
                try Journal.drop(goneForGood, in: db)
            }
        } catch {
            stopRun(error, while: "note in the journal of the database which accounts are ended")
        }
    }
}

/// What a run has restored.
struct Restorations: Sendable {
    /// Whether an account that the feed should bring back was restored.
    enum Note: Sendable {
        /// With the text that follows the word "restored".
        case restored(String)
        case notRestored(String)

        var isRestored: Bool { if case .restored = self { true } else { false } }

        var sentence: String {
            switch self {
            case .restored(let how): "restored" + how
            case .notRestored(let why): "not restored: " + why
            }
        }
    }

    var restored: [RestoredAccount] = []
    /// By the places of the entries.
    var notes: [Int: Note] = [:]

    var interfaceNumbers: Set<Int> { Set(restored.flatMap(\.interfaceNumbers)) }
}
