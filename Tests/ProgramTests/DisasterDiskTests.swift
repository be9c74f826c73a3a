import Foundation
import Support
import Testing

/// Disks that are full or fill up, for real: a small tmpfs for the database, for the configs, for the reports.
@Suite(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
struct DisasterDiskTests {
    @Test(arguments: ["1", "3"])
    func `the database's disk fills up during the removal`(commitEvery: String) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try SmallDisk.with(kilobytes: 8_192) { disk in
            try withBrokenBench(undisturbed.template) { bench in
                var bench = bench
                try bench.moveDatabase(to: disk.path)
                let pace = ["--pause", "0", "--commit-every", commitEvery]
                let child = try #require(try bench.runUntil(.committed, 2, pace))
                try disk.fill(leaving: 4)
                child.resume()
                try child.wait()
                #expect(child.state == .exited(74), "\(child.errors)")
                #expect(child.errors.contains("full") && child.errors.contains("free some space"))

                try undisturbed.expectNothingHalf(bench, ofReports: false, "full")
                let report = try bench.latestReport()
                let done = Int(commitEvery) == 1 ? 2 : 6
                #expect(report.gone + report.count("already_absent") >= done - 1)
                #expect(report.count("unprocessed") > 3)
                #expect(report.gone == (try bench.image().outcomes.count))
                #expect(report.regenerated && report.hasConfigsItem)

                try disk.makeRoom()
                try undisturbed.expectHealed(bench, with: pace, "database's disk")
            }
        }
    }

    @Test func `the database's disk is full from the start`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try SmallDisk.with(kilobytes: 8_192) { disk in
            try withBrokenBench(undisturbed.template) { bench in
                var bench = bench
                try bench.moveDatabase(to: disk.path)
                try disk.fill()
                let child = try bench.run()
                #expect(child.state == .exited(74), "\(child.errors)")
                #expect(child.errors.contains("free some space"))
                #expect(try bench.image() == undisturbed.original)
                #expect(try bench.leftovers() == [])
                let report = try bench.latestReport()
                #expect(report.gone == 0 && report.count("unprocessed") > 3)
                try disk.makeRoom()
                try undisturbed.expectHealed(bench, reports: 2, "database's disk")
            }
        }
    }

    @Test(arguments: [0, 4])
    func `the disk of the configs is full`(kilobytes: Int) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try SmallDisk.with(kilobytes: 1_024) { disk in
            try withBrokenBench(undisturbed.template) { bench in
                var bench = bench
                try bench.moveConfigs(to: disk.path + "/wireguard")
                try disk.fill(leaving: kilobytes)
                let child = try bench.run()
                #expect(child.state == .exited(74), "\(child.errors)")
                #expect(child.errors.contains("No space left on device"))
                #expect(child.errors.contains("wg-reconcile regenerate"))

                try undisturbed.expectNothingHalf(bench, ofReports: false, "configs")
                #expect(try bench.leftovers() == [])
                #expect(try bench.image().tables == undisturbed.image.tables)
                let report = try bench.latestReport()
                #expect(!report.regenerated && !report.hasConfigsItem)
                #expect(report.outcomes == undisturbed.report.outcomes)

                try disk.makeRoom()
                let again = try bench.run()
                #expect(again.state == .exited(undisturbed.exitStatus))
                #expect(try bench.configs() == undisturbed.configs)
                #expect(try bench.latestReport().regenerated)
            }
        }
    }

    @Test func `the disk of the reports is too small, and nothing is removed`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try SmallDisk.with(kilobytes: 256) { disk in
            try withBrokenBench(undisturbed.template) { bench in
                var bench = bench
                bench.reports = disk.path + "/reports"
                try disk.fill(leaving: 8)
                let child = try bench.run()
                #expect(child.state == .exited(73), "\(child.errors)")
                #expect(child.errors.contains("free some disk space"))
                #expect(try bench.image() == undisturbed.original)
                #expect(try bench.configs() == undisturbed.template.configs)
                let left = try FileManager.default.contentsOfDirectory(atPath: bench.reports)
                #expect(left == [])

                try disk.makeRoom()
                try undisturbed.expectHealed(bench, "reports' disk")
            }
        }
    }

    @Test(arguments: [RunCheckpoint.journaled, .committed, .configsDone])
    func `the disk of the reports fills up during the run`(checkpoint: RunCheckpoint) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try SmallDisk.with(kilobytes: 128) { disk in
            try withBrokenBench(undisturbed.template) { bench in
                var bench = bench
                bench.reports = disk.path + "/reports"
                let child = try #require(try bench.runUntil(checkpoint))
                try disk.fill()
                child.resume()
                try child.wait()
                #expect(child.state == .exited(73), "\(child.errors)")
                #expect(child.errors.contains("free some disk space"))
                #expect(try bench.image().tables == undisturbed.image.tables)
                #expect(try bench.image().outcomes == undisturbed.image.outcomes)
                #expect(try bench.publishedReports().isEmpty)

                try disk.makeRoom()
                try undisturbed.expectHealed(bench, "reports' disk")
            }
        }
    }
}

extension BrokenBench {
    fileprivate mutating func moveDatabase(to folder: String) throws {
        try FileManager.default.moveItem(atPath: database, toPath: folder + "/db.sqlite3")
        database = folder + "/db.sqlite3"
    }

    fileprivate mutating func moveConfigs(to folder: String) throws {
        try FileManager.default.moveItem(atPath: wireguard, toPath: folder)
        wireguard = folder
    }
}
