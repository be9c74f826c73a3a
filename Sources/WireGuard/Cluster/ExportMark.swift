import ControlPlane
import GRDB
import Journal
import Support

/// A note in the journal that files were changed, or will be, which workers of a cluster fetch. It stays until the version
/// was raised, by this run or by the next one.
///
/// A removal sets it in its own transaction. Anything else that changes a file sets it before the first change.
struct ExportMark: Sendable {
    private let database: ControlPlaneDatabase?

    /// - Parameter database: one whose schema has no place for a cluster needs no mark.
    init(_ database: ControlPlaneDatabase) {
        self.database = ClusterState.isPossible(in: database.schema) ? database : nil
    }

    /// - Returns: what kept it from being set; then no file may be changed.
    func set() -> (any ExplainedError)? {
        guard let database else { return nil }
        let operation = "note in the journal of the database that configs change"
        do {
            if try database.readOnly(while: operation, Journal.isExportMarked) { return nil }
            try database.write(while: operation) { db in
                try Journal.prepare(in: db)
                try Journal.markExport(in: db)
            }
            return nil
        } catch let error as any ExplainedError {
            return error
        } catch {
            return DatabaseFailure(.other(code: -1), while: operation, on: database.path, message: "\(error)")
        }
    }
}
