import ControlPlane
import Feed
import Journal
import Removal
import Support

// Accounts that the feed brings back, and those that it ends for good.
extension ActiveRun {
    /// Restores the accounts that the feed says are active, where the operator wants that.
    mutating func restoreActiveAccounts() {
        guard options.maxRestores != nil, stop == nil, !surroundings.isStopRequested() else { return }
        do {
            let now = surroundings.now()
            let found = try database.readOnly(while: "read the journal of the database") { db in
                try RestorableAccounts(at: now, of: id, in: db)
            }
            let candidates = RestoreCandidates(of: plan, among: found, limit: options.maxRestores)
            for place in candidates.beyondLimit {
                restorations.notes[place] = .notRestored(RestoreCandidates.limitReached)
            }
            for (place, archive) in candidates.archives { try restore(archive, at: place) }
        } catch let error as any ExplainedError {
            stop = error
        } catch {
            stop = DatabaseFailure(
                .other(code: -1), while: "restore accounts in the database", on: database.path, message: "\(error)")
        }
    }

    private mutating func restore(_ archive: Journal.Archive, at place: Int) throws {
        let transaction = RestoreTransaction(
            database: database, runID: id, now: surroundings.now(), renumbers: false, configs: configFolder,
            isLive: options.live != nil)
        switch try transaction.restore(archive) {
        case .success(let account):
            restorations.restored.append(account)
            let names = account.interfaceNumbers.map(InterfaceName.of).joined(separator: ", ")
            restorations.notes[place] = .restored(
                (names.isEmpty ? "" : ", with \(names)") + account.leftOut.map { "; left out: \($0)" }.joined())
        case .failure(let refusal): restorations.notes[place] = .notRestored("\(refusal)")
        }
    }

    /// Deletes what is kept of accounts that the feed says are gone for good, whenever they were removed.
    mutating func dropArchivesOfThoseGoneForGood() {
        guard stop == nil else { return }
        do {
            let now = surroundings.now()
            let found = try database.readOnly(while: "read the journal of the database") { db in
                try RestorableAccounts(at: now, of: id, in: db)
            }
            let gone =
                found.isEmpty
                ? []
                : plan.entries.indices.filter { place in
                    plan.decisions.standings[brief: place].isOfRemoval && !options.archive.keeps(plan.entries[place])
                        && found.mayHave(hash: plan.decisions.standings.spellingHash(of: place))
                }
            let mailboxes = gone.compactMap { plan.entries[$0].account?.canonical }
            guard options.archive.days > 0, !mailboxes.isEmpty else { return }
            try database.writeSecurely(while: "delete what is no longer kept of removed accounts") { db in
                try Journal.dropArchives(of: mailboxes, in: db)
            }
        } catch let error as any ExplainedError {
            stop = error
        } catch {
            stop = DatabaseFailure(
                .other(code: -1), while: "delete what is no longer kept of removed accounts", on: database.path,
                message: "\(error)")
        }
    }
}

/// What a run has restored.
struct Restorations: Sendable {
    /// What became of an account that the feed was to bring back.
    enum Note: Sendable {
        /// With what comes after the word.
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

extension FeedStandings.Brief {
    /// Whether the entry states a removal that is due.
    fileprivate var isOfRemoval: Bool {
        switch self {
        case .due, .duplicate: true
        default: false
        }
    }
}
