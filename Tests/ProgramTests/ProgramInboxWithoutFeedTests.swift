import Foundation
import Glibc
import Testing

/// A night on which no feed leads to a run is no night off: what the next feed would need is looked at, and what an
/// earlier run left undone is done.
@Suite("Program: an inbox without a feed")
struct ProgramInboxWithoutFeedTests {
    private func run(_ plane: ControlPlaneFolder, _ more: [String] = []) throws -> ProgramResult {
        try plane.runInbox(["--metrics-file", plane.path("job.prom")] + more)
    }

    @Test func `configs are brought up to date, and there is no report`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            #expect(try run(plane).status == 0)
            try plane.write("# edited by hand\n", to: "wireguard/wg0.conf")
            let result = try run(plane)
            #expect(result.status == 0)
            #expect(result.stderr.contains("no run reached the configs; they and live interfaces were checked"))
            #expect(result.stderr.contains(" written=1"))
            #expect(try plane.read("wireguard/wg0.conf").contains("[Interface]"))
            #expect(try plane.metric("wg_reconcile_configs_written") == 1)
            #expect(try plane.metric("wg_reconcile_configs_regenerated") == 1)
            #expect(!plane.exists("reports"))
        }
    }

    @Test func `a feed that is not whole does not keep the configs from it`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("broken.csv", "email\n\"never closed\n")])
            try plane.write("# edited by hand\n", to: "wireguard/wg0.conf")
            #expect(try run(plane).status == 65)
            #expect(try plane.read("wireguard/wg0.conf").contains("[Interface]"))
        }
    }

    @Test func `what a night left undone the next one does, or goes on saying`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", plane.feed(ending: plane.bystanders.prefix(1)))])
            let config = plane.path("wireguard/wg0.conf")
            if plane.exists("wireguard/wg0.conf") { try FileManager.default.removeItem(atPath: config) }
            try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: false)
            for night in ["with a feed", "without"] {
                #expect(try run(plane).status == 1, "\(night)")
                #expect(try plane.metric("wg_reconcile_config_errors") == 1, "\(night)")
                #expect(try plane.metric("wg_reconcile_configs_regenerated") == 0, "\(night)")
            }
            try FileManager.default.removeItem(atPath: config)
            #expect(try run(plane).status == 0)
            #expect(try plane.metric("wg_reconcile_config_errors") == 0)
            #expect(plane.exists("wireguard/wg0.conf"))
        }
    }

    @Test(arguments: [
        (["--database", "/absent/db.sqlite3"], Int32(69)), (["--wireguard-dir", "/absent"], Int32(74)),
    ])
    func `what the next feed would need and is not there is no success`(options: [String], status: Int32) throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            #expect(try run(plane, options).status == status)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == 0)
            #expect(try plane.metric("wg_reconcile_last_run_exit_status") == Double(status))
        }
    }

    @Test func `while another run is at work on the database, it is to be tried again`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            let other = try plane.start("run", "feed.csv", environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            try #require(try other.waitUntilStopped())
            #expect(try run(plane).status == 75)
            other.send(SIGCONT)
            _ = try other.end()
            #expect(try run(plane).status == 0)
        }
    }

    @Test func `a plan of it touches nothing`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            try plane.write("# edited by hand\n", to: "wireguard/wg0.conf")
            let before = try plane.fingerprint()
            #expect(try Program.run(["plan", "--inbox", plane.inbox] + plane.places).status == 0)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test func `where no feed was ever read, the time of the last one is 0`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            #expect(try run(plane).status == 0)
            #expect(try plane.metric("wg_reconcile_feed_timestamp_seconds") == 0)
            #expect(try plane.metric("wg_reconcile_feed_age_seconds") == nil)
        }
    }
}
