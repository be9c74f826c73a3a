import Foundation
import Glibc
import SamplePlane
import TestSupport
import Testing

@Suite("Program: restore and forget")
struct ProgramRestoreTests {
    private func restore(
        _ plane: ControlPlaneFolder, _ names: [String], _ options: [String] = []
    ) throws -> ProgramResult {
        try Program.run(["restore"] + names.map(plane.email) + places(plane) + options)
    }

    private func places(_ plane: ControlPlaneFolder) -> [String] {
        ["--database", plane.database, "--wireguard-dir", plane.wireguard, "--no-apply"]
    }

    private func export(_ plane: ControlPlaneFolder) throws -> [String: String] {
        try FileManager.default.contentsOfDirectory(atPath: plane.wireguard).filter { $0.hasSuffix(".conf") }
            .reduce(into: [:]) { $0[$1] = try plane.read("wireguard/" + $1) }
    }

    @Test func `a removed account comes back, and history says so`() throws {
        try withControlPlane { plane in
            // What a run would change of the configs anyway.
            #expect(try plane.remove(["BEN"]).status == 0)
            let before = try export(plane)
            #expect(try plane.remove(["ANNA"]).status == 0)
            let email = try plane.email("ANNA")
            func history() throws -> String {
                try Program.run(["history", email, "--database", plane.database]).stdout
            }
            #expect(try history().contains("can be restored until "))
            let dry = try restore(plane, ["ANNA"], ["--dry-run"])
            #expect(dry.status == 0 && dry.stdout.contains("\(email): would be restored, with wg"), "\(dry.stderr)")
            #expect(try plane.gone() == ["ANNA", "BEN"])
            let restored = try restore(plane, ["ANNA"])
            #expect(
                restored.status == 0 && restored.stdout.contains("\(email): restored, with wg"), "\(restored.stderr)")
            #expect(try plane.gone() == ["BEN"] && export(plane) == before)
            #expect(try history().contains("restored at ") && !history().contains("can be restored"))
            let again = try restore(plane, ["ANNA"])
            #expect(again.status == 1 && again.stdout.contains("\(email): not restored: "))
        }
    }

    @Test func `killed at any instant, an account is whole or not there, and the next restore does the rest`() throws {
        try withControlPlane { plane in
            #expect(try plane.remove(["BEN"]).status == 0)
            let before = try export(plane)
            var random = SplitMix64(seed: 7)
            for _ in 1...(runsLongTests ? 100 : 8) {
                #expect(try plane.remove(["ANNA", "CLARA"], ["--yes", "--max-share", "100"]).status == 0)
                let child = try ProgramProcess(
                    Program.path, ["restore"] + ["ANNA", "CLARA"].map(plane.email) + places(plane))
                usleep(UInt32(random.number(in: 50_000...600_000)))
                child.send(SIGKILL)
                _ = try child.end()
                #expect(try !plane.gone().contains { $0.hasPrefix("half") })
                #expect(try plane.strings("PRAGMA integrity_check") == ["ok"])
                let rest = try plane.gone().filter { $0 != "BEN" }
                if !rest.isEmpty { #expect(try restore(plane, rest).status == 0) }
                let end = try Program.run(
                    ["regenerate", "--database", plane.database, "--wireguard-dir", plane.wireguard, "--no-apply"])
                #expect(end.status == 0, "\(end.stderr)")
                #expect(try plane.gone() == ["BEN"] && export(plane) == before)
            }
        }
    }

    @Test func `of a forgotten account neither a key nor the email is left in the database`() throws {
        try withControlPlane { plane in
            let email = try plane.email("ANNA")
            let keys = try plane.strings(
                """
                SELECT peer.private_key FROM wireguard_peer AS peer JOIN wireguard_wireguardinstance AS instance
                ON instance.uuid = peer.wireguard_instance_id WHERE instance.name = ? AND peer.private_key <> ''
                """, [email])
            #expect(try plane.remove(["ANNA"]).status == 0)
            // Nobody has looked whether its tunnel is down.
            let refused = try Program.run(["forget", email, "--database", plane.database])
            #expect(refused.status == 1 && refused.stderr.contains("no run has seen its tunnel down"))
            let forgotten = try Program.run(["forget", email, "--unseen", "--database", plane.database])
            #expect(forgotten.status == 0, "\(forgotten.stderr)")
            #expect(forgotten.stdout.contains("Earlier reports and copies of the database still name the account"))
            #expect(try Program.run(["history", email, "--database", plane.database]).status == 1)
            #expect(try restore(plane, ["ANNA"]).status == 1)
            let again = try Program.run(["forget", email, "--database", plane.database])
            #expect(again.status == 1)
            let bytes = try Data(contentsOf: URL(filePath: plane.database))
            for key in keys { #expect(!bytes.contains(Data(key.utf8)), "a key") }
        }
    }
}
