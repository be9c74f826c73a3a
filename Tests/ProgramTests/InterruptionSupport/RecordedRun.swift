import Foundation

/// A run of the program with all the calls by which it changed files, in their order.
struct RecordedRun: Sendable {
    let operations: [DiskOperation]
    private let before: LosingDisk

    /// Runs the job to its end.
    ///
    /// - Throws: where the calls do not explain what the run left.
    init(on bench: BrokenBench, _ arguments: [String]) throws {
        let (record, outputs) = (bench.folder + "/io/record", Set(["io"]))
        before = try LosingDisk(holding: bench.folder, except: outputs)
        let child = try bench.run(
            arguments, environment: DiskRecorder.environment(recordingTo: record, on: bench.folder))
        guard case .exited = child.state else { throw BrokenChild.Failure(description: child.errors) }
        operations = try DiskOperation.read(recordedAt: record)
        let differences = try LosingDisk(holding: bench.folder, except: outputs).tree
            .differences(from: disk(after: operations.count).tree)
        guard differences.isEmpty else {
            throw BrokenChild.Failure(description: "the recorder missed a call that changed \(differences)")
        }
    }

    /// The disk after each of some numbers of calls, which ascend.
    func forEachDisk(after counts: [Int], _ body: (_ index: Int, _ count: Int, LosingDisk) throws -> Void) rethrows {
        var (disk, done) = (before, 0)
        for (index, count) in counts.enumerated() {
            for operation in operations[done..<count] { disk.perform(operation) }
            done = count
            try body(index, count, disk)
        }
    }

    /// - Parameter isIgnored: which of these calls the disk does not do.
    func disk(
        after count: Int, ignoring isIgnored: (DiskOperation, LosingDisk) -> Bool = { _, _ in false }
    ) -> LosingDisk {
        var disk = before
        for operation in operations.prefix(count) where !isIgnored(operation, disk) { disk.perform(operation) }
        return disk
    }

    /// After so many calls, spread over the whole run; the last one is the end.
    func moments(_ samples: Int) -> [Int] { (1...samples).map { $0 * operations.count / samples } }
}
