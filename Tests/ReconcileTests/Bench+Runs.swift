import TestSupport

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

/// Runs on a bench: the whole `Reconciliation`.
extension Bench {
    func options(_ change: (inout Reconciliation.Options) -> Void = { _ in }) -> Reconciliation.Options {
        var options = Reconciliation.Options(
            .feed(feed), databasePath: database, wireguardDirectory: wireguard, reportDirectory: reports,
            programVersion: "test")
        options.guards.massRemoval = MassRemovalGuard(maxRemovals: 1_000_000, maxShare: 100)
        options.pace = CommitPace(group: .accounts(50), pause: 0)
        options.busyTimeout = 5
        change(&options)
        return options
    }

    /// Runs a feed that means removal for each of these emails.
    @discardableResult
    func run(
        _ emails: [String], in surroundings: Surroundings = .still(),
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> FinishedRun {
        try write(feed: emails)
        return try Reconciliation(options(change), surroundings).run()
    }

    func plan(
        _ emails: [String], _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> PlannedRun {
        try write(feed: emails)
        return try Reconciliation(options(change), .still()).plan()
    }
}

extension FinishedRun {
    var outcomes: [Outcome] { results.map(\.outcome) }
    /// The items that the entry's result names, as `type identifier`.
    func items(_ entry: Int) -> [String] {
        results[entry - 1].removal?.items.map { "\($0.type.rawValue) \($0.identifier)" } ?? []
    }

    /// What the entry's result names as kept restricted, as `type identifier`.
    func kept(_ entry: Int) -> [String] {
        results[entry - 1].removal?.keptRestricted.map { "\($0.type.rawValue) \($0.identifier)" } ?? []
    }
}
