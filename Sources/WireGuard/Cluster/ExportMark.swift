import ControlPlane
import GRDB
import Journal
import Support

/// A note in the journal that files which workers fetch have changed or will change. It stays until this run or the
/// next has raised the version.
///
/// A removal sets it in its own transaction. Any change to a file sets it before the first change.
struct ExportMark: Sendable {
    private let database: ControlPlaneDatabase?
    /// Whether this call noted the change. Otherwise an earlier call, or one that was killed, has.
    private var isOurs = false

    /// - Parameter database: where its schema has no cluster, no mark is needed.
    init(_ database: ControlPlaneDatabase) {
        self.database = ClusterState.isPossible(in: database.schema) ? database : nil
    }

    /// - Returns: why the mark could not be set; no file may be changed then.
    mutating func set() -> (any ExplainedError)? {
        guard let database else { return nil }
        let operation = Self.operation
        do {
            if try database.readOnly(while: operation, Journal.exportState) == .changed { return nil }
            try database.write(while: operation) { db in
                try Journal.prepare(in: db)
                try Journal.note(.changed, in: db)
            }
            isOurs = true
            return nil
        } catch let error as any ExplainedError {
            return error
        } catch {
            return DatabaseFailure(.other(code: -1), while: operation, on: database.path, message: "\(error)")
        }
    }

    /// Call this where no file was changed after all, such as an immutable one that is found again each night.
    mutating func withdraw() {
        guard let database, isOurs else { return }
        isOurs = false
        // If this fails, workers are told once more than needed.
        try? database.write(while: Self.operation) { try Journal.note(.unsure, in: $0) }
    }

    private static let operation = "note in the journal of the database that configs change"
}
