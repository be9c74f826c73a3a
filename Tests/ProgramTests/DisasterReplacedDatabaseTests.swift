import Foundation
import GRDB
import Support
import Testing

/// Another file is put in the place of the database while a run works on it, as somebody does who restores a backup.
@Suite struct DisasterReplacedDatabaseTests {
    /// When the database is replaced, and how many accounts are gone from it by then; nil for all.
    private static let moments: [(checkpoint: RunCheckpoint, visit: Int, gone: Int?)] = [
        (.journaled, 1, 0),
        (.committed, 2, 6),
        // Everything is ready to be committed, and SQLite itself would not notice.
        (.committing, 3, 6),
        // Some configs are written, and none of a removed instance is deleted.
        (.configVisited, 1, nil),
        (.configsWritten, 1, nil),
        (.configsDone, 1, nil),
    ]

    @Test(arguments: moments)
    func `the run stops, and says so`(checkpoint: RunCheckpoint, visit: Int, gone: Int?) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        let gone = gone ?? undisturbed.report.gone
        try withBrokenBench(undisturbed.template) { bench in
            let pace = ["--pause", "0", "--commit-every", "3"]
            let child = try #require(try bench.runUntil(checkpoint, visit, pace))
            let worked = try bench.replaceDatabase(undisturbed.template)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(77), "\(child.errors)")
            #expect(child.errors.contains("\(bench.database): it was moved, deleted or replaced after it was opened"))
            #expect(child.errors.contains("find out who replaced the database"))

            // What was committed before was seen, and is told as done; that it is not where it should be is told with it.
            let report = try bench.latestReport()
            #expect(report.gone == gone)
            #expect((report.count("unprocessed") > 0) == (gone < undisturbed.report.gone))
            #expect(report.stoppedBy?.contains("what was committed went to the file that was there before") == true)
            #expect(try BrokenImage(ofDatabaseAt: worked).outcomes.count == gone)
            #expect(try BrokenImage(ofDatabaseAt: worked).runs.allSatisfy { $0.hasSuffix(" incomplete") })

            // The file in place is as it was put there.
            #expect(try bench.image() == undisturbed.original)
            #expect(try Data(contentsOf: URL(filePath: bench.database)) == undisturbed.template.database)
            if checkpoint != .configsDone {
                #expect(!report.regenerated && !report.hasConfigsItem)
                let names = Set(try bench.configs().keys)
                #expect(names.isSuperset(of: undisturbed.template.configs.keys), "no config is deleted")
            }
            if gone < undisturbed.report.gone { #expect(try bench.configs() == undisturbed.template.configs) }

            try undisturbed.expectHealed(bench, with: pace, reports: 2, "replaced")
        }
    }

    @Test func `after the report, the run is not marked complete`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.published))
            let worked = try bench.replaceDatabase(undisturbed.template)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(77), "\(child.errors)")
            #expect(child.errors.contains("it was moved, deleted or replaced"))
            #expect(try BrokenImage(ofDatabaseAt: worked).runs.allSatisfy { $0.hasSuffix(" incomplete") })
            #expect(try bench.image() == undisturbed.original)
        }
    }

    @Test func `a link that leads to another file by now is noticed as well`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            var bench = bench
            let (first, second) = (bench.database, bench.folder + "/db/second.sqlite3")
            bench.database = bench.folder + "/current.sqlite3"
            try FileManager.default.createSymbolicLink(atPath: bench.database, withDestinationPath: first)
            let child = try #require(try bench.runUntil(.configVisited))
            try bench.put(undisturbed.template.database, at: second)
            try FileManager.default.removeItem(atPath: bench.database)
            try FileManager.default.createSymbolicLink(atPath: bench.database, withDestinationPath: second)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(77), "\(child.errors)")
            #expect(Set(try bench.configs().keys).isSuperset(of: undisturbed.template.configs.keys))
            #expect(try BrokenImage(ofDatabaseAt: second) == undisturbed.original)
        }
    }

    @Test func `a database that is gone is noticed as well`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committed, 1, ["--pause", "0", "--commit-every", "3"]))
            try FileManager.default.removeItem(atPath: bench.database)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(77), "\(child.errors)")
            #expect(try bench.latestReport().gone == 3)
            #expect(!FileManager.default.fileExists(atPath: bench.database))
            #expect(try bench.configs() == undisturbed.template.configs)
        }
    }
}

extension BrokenBench {
    /// Puts the database as it was at first in the place of the one that is there.
    ///
    /// - Returns: where that one is now.
    fileprivate func replaceDatabase(_ template: BrokenTemplate) throws -> String {
        let moved = folder + "/moved.sqlite3"
        let restored = folder + "/restored.sqlite3"
        try put(template.database, at: restored)
        guard rename(database, moved) == 0, rename(restored, database) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return moved
    }
}
