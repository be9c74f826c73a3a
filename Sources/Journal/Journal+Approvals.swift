import GRDB

// What operators have approved.
extension Journal {
    /// The approvals in the journal.
    package struct Approvals: Sendable {
        /// The items of the plan that was approved for the run that is being continued.
        package var ofContinuedRun: Set<String> = []
        /// Digests that were approved for other runs. Each approval is valid for one run only.
        package var spent: Set<String> = []

        package init(continuing run: Run?, in db: Database) throws {
            guard try Journal.exists(in: db) else { return }
            let id = run?.id.description ?? ""
            ofContinuedRun = try String.fetchSet(
                db, sql: "SELECT item FROM wg_reconcile_approval WHERE run_id = ?", arguments: [id])
            spent = try String.fetchSet(
                db, sql: "SELECT approval FROM wg_reconcile_run WHERE approval IS NOT NULL AND id <> ?",
                arguments: [id])
        }
    }

    /// Records that an operator approved this exact plan for the run.
    ///
    /// - Parameters:
    ///   - digest: the plan's digest.
    ///   - items: what the plan would remove. A continued run compares them to find additions.
    package static func approve(digest: String, items: some Sequence<String>, for runID: RunID, in db: Database) throws
    {
        try db.execute(
            sql: "UPDATE wg_reconcile_run SET approval = ? WHERE id = ?",
            arguments: [digest, runID.description])
        let insert = try db.makeStatement(
            sql: "INSERT OR IGNORE INTO wg_reconcile_approval (run_id, item) VALUES (?, ?)")
        for item in items { try insert.execute(arguments: [runID.description, item]) }
    }
}
