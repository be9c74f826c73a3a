/// Leaves of the journal what the program before version 7 would have written, but for the version itself.
package let journalBefore7 = """
    DROP TABLE wg_reconcile_archive;
    DROP TABLE wg_reconcile_archive_layout;
    DROP INDEX wg_reconcile_outcome_restored;
    ALTER TABLE wg_reconcile_outcome DROP COLUMN restored_at;
    ALTER TABLE wg_reconcile_outcome DROP COLUMN restored_by_feed;
    ALTER TABLE wg_reconcile_outcome DROP COLUMN restored_by_run;
    """
