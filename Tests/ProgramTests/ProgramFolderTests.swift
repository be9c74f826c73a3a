import Foundation
import Glibc
import SamplePlane
import Testing

/// Folders that are links, and folders that others may write.
@Suite("Program: whose folders, and links to folders")
struct ProgramFolderTests {
    /// Puts a link in the place of a folder, which may not be there yet.
    private func makeLink(_ name: String, _ plane: ControlPlaneFolder) throws {
        let there = plane.path("there-" + name)
        if plane.exists(name) {
            try FileManager.default.moveItem(atPath: plane.path(name), toPath: there)
        } else {
            try FileManager.default.createDirectory(
                atPath: there, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o750])
        }
        try FileManager.default.createSymbolicLink(
            atPath: plane.path(name), withDestinationPath: "there-" + name)
    }

    @Test(arguments: ["reports", "wireguard"])
    func `a folder may be a link, and every run is complete`(name: String) throws {
        try withControlPlane { plane throws in
            try makeLink(name, plane)
            #expect(try Check(plane, ["--no-apply"]).findings.allSatisfy { $0.level != "problem" })
            try plane.write(plane.feed(ending: plane.bystanders.prefix(1)), to: "one.csv")
            for outcome in ["removed", "already_absent"] {
                #expect(try plane.program("plan", "one.csv").status == 0)
                let result = try plane.program("run", "one.csv", ["--no-apply"])
                #expect(result.status == 0, "\(result.stderr)")
                let report = try plane.report()
                #expect(report.outcomes == [outcome] && !report.continued)
            }
            #expect(try plane.runs().count == 2)
            #expect(try plane.strings("SELECT count(*) FROM wg_reconcile_run WHERE completed_at IS NULL") == ["0"])
        }
    }

    @Test func `so may an inbox, with all the folders that it is used with`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(2))
            try plane.makeInbox([
                ("a.csv", plane.feed(ending: accounts[..<1])), ("b.csv", plane.feed(ending: accounts[1...])),
            ])
            for name in ["inbox", "reports", "wireguard"] { try makeLink(name, plane) }
            let result = try plane.runInbox()
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stderr.contains("from=\(plane.inbox)/a.csv"))
            #expect(
                try plane.inboxContentBehindLink() == ["done/a.ID.csv", "done/b.ID.csv"], "\(result.stderr)")
            #expect(try plane.runInbox().status == 0)
        }
    }

    // MARK: Reports

    private static let unsafeReports: [(mode: Int, owner: uid_t, cause: String)] = [
        (0o770, geteuid(), "its group can write to it"), (0o757, geteuid(), "everybody can write to it"),
        (0o1777, geteuid(), "everybody can write to it"), (0o755, 12_345, "it belongs to user 12345"),
    ]

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"), arguments: unsafeReports)
    func `a report folder that others may write is refused before anything is removed`(
        mode: Int, owner: uid_t, cause: String
    ) throws {
        try withControlPlane { plane throws in
            try FileManager.default.createDirectory(atPath: plane.reports, withIntermediateDirectories: false)
            #expect(chown(plane.reports, owner, 0) == 0 && chmod(plane.reports, mode_t(mode)) == 0)
            let account = try #require(plane.bystanders.first)
            try plane.write(plane.feed(ending: [account]), to: "one.csv")
            for command in ["plan", "run"] {
                let result = try plane.program(command, "one.csv")
                #expect(result.status == 77)
                #expect(result.stderr.contains("cannot write the report to \(plane.reports): \(cause)"))
                #expect(result.stderr.contains("try="))
            }
            #expect(try plane.hasInstance(account.email))
            #expect(try plane.runs() == [])
            let check = try Check(plane)
            #expect(check.status == 78 && check.contains("problem", "reports", cause))
            let allowed = try plane.program("run", "one.csv", ["--no-apply", "--allow-unsafe-permissions"])
            #expect(allowed.status == 0, "\(allowed.stderr)")
        }
    }

    // MARK: The inbox

    private func expectRefused(
        _ plane: ControlPlaneFolder, _ folder: String, _ cause: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for command in ["plan", "run"] {
            let result = try Program.run([command, "--inbox", plane.inbox] + plane.places)
            #expect(result.status == 77, "\(result.stderr)", sourceLocation: sourceLocation)
            #expect(result.stderr.contains(folder) && result.stderr.contains(cause), sourceLocation: sourceLocation)
        }
        #expect(plane.exists("inbox/a.csv"), sourceLocation: sourceLocation)
        #expect(try plane.gone() == [], sourceLocation: sourceLocation)
        let check = try Check(plane, ["--inbox", plane.inbox])
        #expect(check.status == 78, sourceLocation: sourceLocation)
        #expect(check.contains("problem", "inbox", cause), "\(check.findings)", sourceLocation: sourceLocation)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
    func `an inbox may be writable by billing's group with the sticky bit, and not without it`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", "email,status\nANNA,cancelled\n")])
            chown(plane.inbox, 0, 12_345)
            chmod(plane.inbox, 0o770)
            try expectRefused(plane, plane.inbox, "its group can write to it, and it has no sticky bit")
            chmod(plane.inbox, 0o1777)
            try expectRefused(plane, plane.inbox, "everybody can write to it")
            chmod(plane.inbox, 0o1770)
            #expect(try Check(plane, ["--inbox", plane.inbox, "--no-apply"]).status == 0)
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"))
    func `an inbox of another user is refused unless --feed-owner names him`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", "email,status\nANNA,cancelled\n")])
            chown(plane.inbox, 12_345, 0)
            try expectRefused(plane, plane.inbox, "it belongs to user 12345")
            #expect(try plane.runInbox(["--feed-owner", "12345"]).status == 0)
        }
    }

    @Test func `a signature does not make up for an inbox that others may write`() throws {
        try withControlPlane { plane throws in
            let key = try plane.write("a key", to: "key")
            try plane.drop([("a.csv", "email,status\nANNA,cancelled\n")])
            #expect(try Program.run(["sign", plane.path("inbox/a.csv"), "--api-key-file", key]).status == 0)
            chmod(plane.inbox, 0o777)
            #expect(try plane.runInbox(["--api-key-file", key]).status == 77)
            #expect(try plane.runInbox(["--api-key-file", key, "--allow-unsafe-permissions"]).status == 0)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a folder away"), arguments: ["done", "failed", "held"])
    func `done, failed and held are ours alone`(name: String) throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", "email,status\nANNA,cancelled\n")])
            let folder = plane.path("inbox/" + name)
            try FileManager.default.createDirectory(atPath: plane.path("mine"), withIntermediateDirectories: false)
            #expect(symlink(plane.path("mine"), folder) == 0)
            try expectRefused(plane, folder, "it is a symbolic link")
            #expect(unlink(folder) == 0 && mkdir(folder, 0o700) == 0 && chown(folder, 12_345, 0) == 0)
            try expectRefused(plane, folder, "it belongs to user 12345")
            #expect(chown(folder, 0, 0) == 0 && chmod(folder, 0o1770) == 0)
            try expectRefused(plane, folder, "its group can write to it")
            #expect(chmod(folder, 0o750) == 0)
            #expect(try plane.runInbox().status == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: plane.path("mine")) == [])
        }
    }
}

extension ControlPlaneFolder {
    /// As ``inboxContent()`` of an inbox that is a link.
    fileprivate func inboxContentBehindLink() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: inbox + "/done")
            .map { "done/" + $0.replacing(#/\d{8}T\d{6}Z-[0-9a-f]{8}/#, with: "ID") }.sorted()
    }
}
