import Foundation
import Glibc
import SamplePlane
import Support
import Testing

/// The application goes on while a run does; what it does meanwhile must neither be undone nor get round a guard.
@Suite("Program: what the application does meanwhile")
struct ProgramMeanwhileTests {
    /// Runs the sample's feed, lets `change` happen while the run waits at a checkpoint, and lets it go on.
    private func run(
        _ plane: ControlPlaneFolder, pausingAt checkpoint: RunCheckpoint, _ options: [String] = [],
        _ change: () throws -> Void
    ) throws -> ProgramResult {
        let process = try plane.start(
            "run", "feed.csv", ["--pause", "0"] + options,
            environment: ["WG_RECONCILE_TEST_PAUSE": checkpoint.rawValue])
        try #require(try process.waitUntilStopped())
        try change()
        process.send(SIGCONT)
        return try process.end()
    }

    /// An instance of that name, as a copy of another one.
    private func addInstance(_ plane: ControlPlaneFolder, named name: String, number: Int) throws {
        let columns = try plane.strings(
            "SELECT name FROM pragma_table_info('wireguard_wireguardinstance') ORDER BY cid")
        let replaced = [
            "name": "'\(name)'", "instance_id": "\(number)",
            "uuid": "'\(String(repeating: "a", count: 30))\(10 + number % 90)'",
            "listen_port": "\(60_000 + number)", "address": "'10.99.\(number % 250).1'",
        ]
        let values = columns.map { replaced[$0] ?? "\"\($0)\"" }.joined(separator: ", ")
        try plane.execute(
            "INSERT INTO wireguard_wireguardinstance (\(columns.joined(separator: ", "))) "
                + "SELECT \(values) FROM wireguard_wireguardinstance LIMIT 1")
    }

    @Test func `the config of a new instance under a removed one's number stays`() throws {
        try withControlPlane { plane throws in
            let removed = try #require(plane.inventory.accounts.first?.instances.first?.number)
            let result = try run(plane, pausingAt: .configVisited) {
                try addInstance(plane, named: "new@example.com", number: removed)
                _ = try plane.write("written by the application", to: "wireguard/wg\(removed).conf")
            }
            #expect(result.status == 1)
            #expect(try plane.read("wireguard/wg\(removed).conf").hasPrefix("[Interface]"))
            #expect(try plane.hasInstance("new@example.com"))
        }
    }

    @Test func `an approval covers nothing that came to an account after it`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv", ["--max-removals", "1"]).status == 2)
            let stoppedBy = try #require(try plane.report().stoppedBy)
            let digest = String(try #require(stoppedBy.firstMatch(of: #/--approve ([0-9a-f]{32})$/#)).1)
            let email = try #require(plane.inventory.accounts.first?.email)
            let result = try run(plane, pausingAt: .journaled, ["--max-removals", "1", "--approve", digest]) {
                try addInstance(plane, named: email, number: 991)
            }
            #expect(result.status == 1)
            let report = try plane.report()
            #expect(report.account(email)?.outcome == "refused")
            #expect(report.account(email)?.errors.first?.contains("changed since its removal was approved") == true)
            #expect(try plane.hasInstance(email))
            #expect(report.summary["removed"] ?? 0 > 0)
        }
    }

    @Test func `without an approval it goes too, as long as --max-share allows it`() throws {
        try withControlPlane { plane throws in
            let email = try #require(plane.inventory.accounts.first?.email)
            _ = try run(plane, pausingAt: .journaled) { try addInstance(plane, named: email, number: 991) }
            #expect(try plane.report().account(email)?.outcome == "removed")
            #expect(try !plane.hasInstance(email))
        }
    }

    @Test func `a signal is named as what ended the run early`() throws {
        try withControlPlane { plane throws in
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "200"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGTERM)
            process.send(SIGCONT)
            #expect(try process.end().status == 1)
            #expect(try plane.report().stoppedBy?.contains("a signal asked it to end") == true)
        }
    }

    @Test func `a guard that stops a continuation says what went before, and mends its configs`() throws {
        try withControlPlane { plane throws in
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "0"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            _ = try process.end()

            let stopped = try plane.program("run", "feed.csv", ["--max-removals", "1"])
            #expect(stopped.status == 2)
            #expect(stopped.stderr.contains("nothing more was removed than the 1 accounts before"))
            let report = try plane.report()
            let gone = try #require(report.accounts.first { $0.outcome == "removed" })
            let account = try #require(plane.inventory.accounts.first { $0.email == gone.email })
            for instance in account.instances { #expect(!plane.exists("wireguard/wg\(instance.number).conf")) }
        }
    }

    @Test func `a damaged journal is named, and does not end in a riddle`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv").status == 1)
            try plane.execute("UPDATE wg_reconcile_outcome SET removal = 'damaged'")
            try plane.execute("UPDATE wg_reconcile_run SET completed_at = NULL")
            let result = try plane.program("run", "feed.csv")
            #expect(result.status == 69)
            #expect(
                result.stderr.contains(
                    "a row of wg_reconcile_outcome or wg_reconcile_deferred is not in the form in which this program "
                        + "writes it"))
        }
    }

    @Test func `a plan that cannot be written whole is no success`() throws {
        try withControlPlane { plane throws in
            let command = [Program.path, "plan", plane.path("feed.csv")] + plane.places
            let result = try ProgramProcess("sh", ["-c", "exec \"$0\" \"$@\" >/dev/full"] + command).end()
            #expect(result.status == 74)
        }
    }

    @Test func `an account whose rows cannot be read is refused and not half removed`() throws {
        try withControlPlane { plane throws in
            let email = try #require(plane.inventory.accounts.first?.email)
            try plane.execute(
                "UPDATE auth_user SET is_superuser = 't' WHERE email = ?", [email])
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().account(email)?.outcome == "refused")
            #expect(try plane.hasInstance(email))
        }
    }

    @Test(arguments: ["run", "regenerate"])
    func `a database that others may write is not worked on`(command: String) throws {
        try withControlPlane { plane throws in
            chmod(plane.database, 0o666)
            let arguments =
                command == "run"
                ? ["run", plane.path("feed.csv")] + plane.places
                : ["regenerate", "--database", plane.database, "--wireguard-dir", plane.wireguard]
            #expect(try Program.run(arguments).status == 77)
            #expect(!plane.exists("db.sqlite3.wg-reconcile.lock"))
            #expect(try Program.run(arguments + ["--allow-unsafe-permissions"]).status == (command == "run" ? 1 : 0))
        }
    }

    @Test func `days are kept within reason`() throws {
        #expect(try Program.run(["run", "feed.csv", "--journal-days", "110000000000000"]).status == 64)
    }
}
