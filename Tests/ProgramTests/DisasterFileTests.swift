import Foundation
import GRDB
import Support
import Testing

/// What can happen to the files: read-only, corrupt, gone.
@Suite struct DisasterFileTests {
    @Test(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
    func `the database lies on a read-only file system`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            try SmallDisk.readOnly(bench.folder + "/db") {
                let child = try bench.run()
                #expect(child.state == .exited(77), "\(child.errors)")
                #expect(child.errors.contains("its ReadWritePaths= names"), "\(child.errors)")
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
                #expect(child.errors.contains("its ReadWritePaths= names"), "\(child.errors)")
                #expect(try bench.image() == undisturbed.original)
            }
            try undisturbed.expectHealed(bench, "read-only configs")
        }
    }

    /// The root page of one table's b-tree holds rubbish: the head of the database is well, so that this shows only on
    /// the way.
    @Test(
        arguments: [
            "wireguard_peer", "django_session", "wireguard_peerstatus", "auth_user", "wireguard_peergroup_peer",
        ])
    func `the database is corrupt in the middle`(table: String) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let sound = try Data(contentsOf: URL(filePath: bench.database))
            try bench.corrupt(table)
            let child = try bench.run()
            #expect(child.state == .exited(69), "\(child.errors)")
            #expect(child.errors.contains("corrupt") && child.errors.contains("restore a backup"))
            // No account has gone.
            #expect(try Self.outcomes(in: bench.database) == 0)
            // The backup.
            try bench.put(sound, at: bench.database)
            try undisturbed.expectWholeConfigs(bench)
            if FileManager.default.fileExists(atPath: bench.reports) {
                try FileManager.default.removeItem(atPath: bench.reports)
            }
            try undisturbed.expectHealed(bench, "corrupt")
        }
    }

    @Test func `the database becomes corrupt between two commits`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let pace = ["--pause", "0", "--commit-every", "3"]
            let child = try #require(try bench.runUntil(.committed, 2, pace))
            let sound = try Data(contentsOf: URL(filePath: bench.database))
            try bench.corrupt("wireguard_peerstatus")
            child.resume()
            try child.wait()
            #expect(child.state == .exited(69), "\(child.errors)")
            #expect(child.errors.contains("corrupt") && child.errors.contains("restore a backup"))
            let report = try bench.latestReport()
            #expect(report.gone == 6 && report.count("unprocessed") > 5)
            #expect(try Self.outcomes(in: bench.database) == 6)
            #expect(report.stoppedBy?.contains("corrupt") == true)

            try bench.put(sound, at: bench.database)
            try undisturbed.expectNothingHalf(bench, ofReports: false, "corrupt")
            try undisturbed.expectHealed(bench, with: pace, "corrupt")
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
            #expect(child.errors.contains("it was moved, replaced or deleted during the run"))
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
            #expect(child.errors.contains("it was moved, replaced or deleted during the run"))
            #expect(try bench.image().tables == undisturbed.image.tables)
            #expect(try bench.configs() == undisturbed.configs)
            try undisturbed.expectHealed(bench, "report folder")
        }
    }
}

extension BrokenBench {
    /// Overwrites the root page of a table, and makes SQLite look at the file again, as it does when another process
    /// has written.
    fileprivate func corrupt(_ table: String) throws {
        let queue = try DatabaseQueue(path: database)
        let place = try queue.read { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT rootpage - 1, page_size FROM sqlite_master, pragma_page_size WHERE name = ?
                    """, arguments: [table])
        }
        try queue.close()
        let (page, size): (Int, Int) = (try #require(place)[0], try #require(place)[1])
        let file = try FileHandle(forUpdating: URL(filePath: database))
        try file.seek(toOffset: UInt64(page * size))
        try file.write(contentsOf: Data(repeating: 0x5A, count: size))
        // The file's change counter.
        try file.seek(toOffset: 24)
        try file.write(contentsOf: Data([0x7A, 0x5A, 0x5A, 0x5A]))
        try file.close()
    }
}
