import Foundation
import GRDB
import Testing

@testable import Reconcile

/// What can happen to the files: read-only, corrupt, gone.
@Suite struct DisasterFileTests {
    @Test(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
    func `the database lies on a read-only file system`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            try SmallDisk.readOnly(bench.folder + "/db") {
                let child = try bench.run()
                #expect(child.state == .exited(77), "\(child.errors)")
                #expect(child.errors.contains("try="))
                #expect(try bench.image() == undisturbed.original)
                #expect(try bench.configs() == undisturbed.template.configs)
            }
            try undisturbed.expectHealed(bench, "read-only")
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
    func `the configs lie on a read-only file system`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            try SmallDisk.readOnly(bench.wireguard) {
                let child = try bench.run()
                #expect(child.state == .exited(77), "\(child.errors)")
                #expect(child.errors.contains("owner of the WireGuard configs"))
                #expect(try bench.image() == undisturbed.original)
            }
            try undisturbed.expectHealed(bench, "read-only configs")
        }
    }

    /// Pages of one table's b-tree hold rubbish: the head of the database is well, so that this shows only on the way.
    @Test(arguments: [
        "wireguard_peer", "django_session", "wireguard_peerstatus", "auth_user", "wireguard_peergroup_peer",
    ])
    func `the database is corrupt in the middle`(table: String) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let pages = try Self.pages(of: table, in: bench.database)
            let before = try Data(contentsOf: URL(filePath: bench.database))
            var corrupt = before
            for page in pages {
                let start = (page.number - 1) * page.size
                corrupt.replaceSubrange(start..<start + page.size, with: Data(repeating: 0x5A, count: page.size))
            }
            try bench.put(corrupt, at: bench.database)
            let child = try bench.run()
            #expect(child.state == .exited(69), "\(child.errors)")
            #expect(child.errors.contains("corrupt") && child.errors.contains("restore a backup"))
            // No account has gone: every page but the journal's own is as it was.
            #expect(try Self.outcomes(in: bench.database) == 0)
            // The backup.
            try bench.put(before, at: bench.database)
            try undisturbed.expectWholeConfigs(bench)
            if FileManager.default.fileExists(atPath: bench.reports) {
                try FileManager.default.removeItem(atPath: bench.reports)
            }
            try undisturbed.expectHealed(bench, "corrupt")
        }
    }

    private static func pages(of table: String, in path: String) throws -> [(number: Int, size: Int)] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }  // nothing was written
        return try queue.read { db in
            let size = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4_096
            let root =
                try Int.fetchOne(db, sql: "SELECT rootpage FROM sqlite_master WHERE name = ?", arguments: [table]) ?? 0
            // The leaves of a small table follow from its root's cells; where SQLite offers no list, the root will do.
            return [(root, size)]
        }
    }

    private static func outcomes(in path: String) throws -> Int {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }  // nothing was written
        return try queue.read { db in
            guard try db.tableExists("wg_reconcile_outcome") else { return 0 }
            return try Int.fetchOne(db, sql: "SELECT count(*) FROM wg_reconcile_outcome") ?? 0
        }
    }

    @Test func `the config folder is gone when the configs are due`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committed))
            try FileManager.default.moveItem(atPath: bench.wireguard, toPath: bench.folder + "/elsewhere")
            child.resume()
            try child.wait()
            #expect(child.state == .exited(74), "\(child.errors)")
            #expect(child.errors.contains("--wireguard-dir"))
            let report = try bench.latestReport()
            #expect(!report.regenerated && !report.hasConfigsItem)
            #expect(report.outcomes == undisturbed.report.outcomes)
            #expect(try bench.image() == undisturbed.image)

            try FileManager.default.moveItem(atPath: bench.folder + "/elsewhere", toPath: bench.wireguard)
            let again = try bench.run()
            #expect(again.state == .exited(undisturbed.exitStatus))
            #expect(try bench.configs() == undisturbed.configs)
            #expect(try bench.latestReport().regenerated)
        }
    }

    @Test func `the report folder is gone when the report is due`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committed))
            try FileManager.default.removeItem(atPath: bench.reports)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(73), "\(child.errors)")
            #expect(child.errors.contains("--report-dir"))
            #expect(try bench.image().tables == undisturbed.image.tables)
            #expect(try bench.configs() == undisturbed.configs)
            try undisturbed.expectHealed(bench, "report folder")
        }
    }
}
