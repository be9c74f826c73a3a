import ControlPlane
import GRDB
import Journal
import Support

/// A note in the journal that files which workers fetch have changed or will change. It stays until this run or the
/// next has raised the version.
///
/// A removal sets it in its own transaction. Any other change to a file sets it before the first change.
struct ExportMark: Sendable {
    private let database: ControlPlaneDatabase?

    /// - Parameter database: where its schema has no cluster, no mark is needed.
    init(_ database: ControlPlaneDatabase) {
        self.database = ClusterState.isPossible(in: database.schema) ? database : nil
    }

    /// - Returns: why the mark could not be set; no file may be changed then.
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
