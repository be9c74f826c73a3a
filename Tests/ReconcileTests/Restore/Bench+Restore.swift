import Feed
import Foundation
import TestSupport

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

extension Bench {
    @discardableResult
    func restore(
        _ emails: [String], removedBy run: String? = nil, isDry: Bool = false, renumbers: Bool = false,
        in surroundings: Surroundings = .still(), _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> RestoreRun.Result {
        try RestoreRun(
            options(change), of: NamedAccounts(emails), removedBy: run, isDry: isDry, renumbers: renumbers, surroundings
        ).perform()
    }

    /// The files that the application writes too, with their content.
    func exported() throws -> [String: Data] {
        try files().filter { $0.key.hasPrefix("wireguard/") && !$0.key.hasSuffix(".pending") }
    }
}

extension RestoreRun.Result {
    /// What was restored.
    var restored: [RestoredAccount] { accounts.compactMap { try? $0.outcome.get() } }
    /// Why accounts were not.
    var refusals: [RestoreRefusal] {
        accounts.compactMap { if case .failure(let refusal) = $0.outcome { refusal } else { nil } }
    }
}
