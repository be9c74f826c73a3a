import Foundation
import Glibc
import Testing

/// One config that cannot be replaced or deleted is its own matter: it is named, and everything else goes on.
@Suite("Program: a config that cannot be replaced")
struct ProgramUnreplaceableConfigTests {
    private static let obstacle = ImmutableFile.obstacle

    /// Two nights' feeds, one of them with work to do after the config was met.
    private func drop(_ plane: ControlPlaneFolder) throws {
        try plane.drop([
            ("a.csv", "email,status\nANNA,cancelled\n"), ("b.csv", "email,status\nBEN,cancelled\n"),
        ])
    }

    /// The first feed meets the config and names it; the second has its run all the same.
    private func expectNamed(
        _ error: String, _ plane: ControlPlaneFolder, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try plane.runInbox()
        #expect(result.status == 1, "\(result.stderr)", sourceLocation: sourceLocation)
        #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/b.ID.csv"], sourceLocation: sourceLocation)
        #expect(try plane.gone() == ["ANNA", "BEN"], sourceLocation: sourceLocation)
        for run in try plane.runs() {
            let errors = try plane.configErrors(of: run)
            #expect(errors == [error], sourceLocation: sourceLocation)
        }
        #expect(
            try plane.strings("SELECT count(*) FROM wg_reconcile_run WHERE completed_at IS NULL") == ["0"],
            sourceLocation: sourceLocation)
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `an immutable config`() throws {
        try withControlPlane { plane throws in
            try drop(plane)
            try plane.write("# edited by hand\n", to: "wireguard/wg0.conf")
            let config = plane.path("wireguard/wg0.conf")
            try ImmutableFile.with(config) {
                try expectNamed("cannot rename \(config): Operation not permitted (is it immutable? see lsattr)", plane)
                #expect(try plane.read("wireguard/wg0.conf") == "# edited by hand\n")
            }
            #expect(try plane.runInbox().status == 0, "the next night mends it")
            #expect(try plane.read("wireguard/wg0.conf").contains("[Interface]"))
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `an immutable config of an account that goes`() throws {
        try withControlPlane { plane throws in
            try drop(plane)
            let number = try plane.strings(
                "SELECT instance_id FROM wireguard_wireguardinstance WHERE name = ?", [plane.email("ANNA")])
            let name = "wireguard/wg\(try #require(number.first)).conf"
            try ImmutableFile.with(plane.path(name)) {
                try expectNamed(
                    "cannot remove \(plane.path(name)): Operation not permitted (is it immutable? see lsattr)", plane)
            }
            #expect(try plane.runInbox().status == 0)
            #expect(!plane.exists(name))
        }
    }

    @Test(arguments: [S_IFSOCK, S_IFIFO])
    func `a socket or a FIFO in its place, which stays`(kind: mode_t) throws {
        try withControlPlane { plane throws in
            try drop(plane)
            let config = plane.path("wireguard/wg0.conf")
            // It may not be there.
            unlink(config)
            #expect(mknod(config, kind | 0o600, 0) == 0)
            try expectNamed("cannot replace \(config): not a regular file", plane)
            var facts = stat()
            #expect(lstat(config, &facts) == 0 && facts.st_mode & S_IFMT == kind)
        }
    }
}

extension ControlPlaneFolder {
    fileprivate func configErrors(of run: String) throws -> [String] {
        let document = try JSONObject(Data(contentsOf: URL(filePath: reports + "/\(run)/report.json")))
        return try document.object("run").object("configs").value("errors")
    }
}
