import Foundation
import Testing

@Suite("Program: a column that wg-reconcile does not know")
struct ProgramAcceptColumnTests {
    private static let columns = ["wireguard_peer.note", "firewall_firewallrule.colour"]

    private func withUnknownColumns(_ body: (ControlPlaneFolder) throws -> Void) throws {
        try withControlPlane { plane in
            try plane.execute("ALTER TABLE wireguard_peer ADD COLUMN Note text")
            try plane.execute("ALTER TABLE firewall_firewallrule ADD COLUMN colour text")
            try body(plane)
        }
    }

    @Test func `is refused with 69, named, and the message says what is nearest and what to do`() throws {
        try withUnknownColumns { plane in
            let before = try plane.strings("SELECT name FROM wireguard_wireguardinstance")
            let result = try plane.program("run", "feed.csv")
            #expect(result.status == 69)
            #expect(
                result.stderr.contains("unknown: column firewall_firewallrule.colour, column wireguard_peer.note; "))
            #expect(result.stderr.contains("the nearest known state is fork-2025-09-11-01e731f, "), "\(result.stderr)")
            #expect(
                result.stderr.contains(
                    "--accept-column firewall_firewallrule.colour --accept-column wireguard_peer.note"))
            #expect(try plane.strings("SELECT name FROM wireguard_wireguardinstance") == before)
        }
    }

    @Test func `is refused as long as one of several is not accepted`() throws {
        try withUnknownColumns { plane in
            let result = try plane.program("plan", "feed.csv", ["--accept-column", "wireguard_peer.note"])
            #expect(result.status == 69)
            #expect(result.stderr.contains("unknown: column firewall_firewallrule.colour; "))
        }
    }

    @Test func `an accepted column that is not there is named where another is refused`() throws {
        try withUnknownColumns { plane in
            let named = Self.columns[1...] + ["wireguard_peer.Noet", "wireguard_pear.note", "wireguard_peer.name"]
            let result = try plane.program("plan", "feed.csv", named.flatMap { ["--accept-column", $0] })
            #expect(result.status == 69)
            #expect(
                result.stderr.contains(
                    "unknown: column wireguard_peer.note; given with --accept-column, but not in the database: "
                        + "wireguard_pear.note, wireguard_peer.noet; "), "\(result.stderr)")
        }
    }

    @Test(arguments: [
        ["plan"], ["run", "--no-apply"], ["check", "--no-apply"], ["regenerate", "--no-apply"],
        ["history", "nobody@example.com"], ["deferred"],
        ["deferred", "--withdraw", "nobody@example.com"],
    ])
    func `is accepted by every command that opens the database`(command: [String]) throws {
        try withUnknownColumns { plane in
            let feed = [plane.path("feed.csv")] + plane.places
            let arguments: [String] =
                switch command[0] {
                case "plan", "run", "check": command + feed
                case "regenerate": command + ["--database", plane.database, "--wireguard-dir", plane.wireguard]
                default: command + ["--database", plane.database]
                }
            let refused = try Program.run(arguments)
            #expect(refused.status == (command[0] == "check" ? 78 : 69), "\(refused.stderr)")
            let named = Self.columns.flatMap { ["--accept-column", $0] }
            let accepted = try Program.run(arguments + named)
            #expect(![64, 69].contains(accepted.status) && !accepted.stderr.contains("unknown: column"))
            #expect(!accepted.stdout.contains("unknown: column"), "\(accepted.stdout)")
        }
    }

    @Test func `can be accepted by the environment and by the configuration file`() throws {
        try withUnknownColumns { plane in
            let variable = ["WG_RECONCILE_ACCEPT_COLUMN": Self.columns.joined(separator: ", ")]
            #expect(try plane.program("plan", "feed.csv", environment: variable).status != 69)
            let file = try plane.write(
                #"{ "accept-column": ["wireguard_peer.note", "FIREWALL_firewallrule.colour"] }"#, to: "config.json")
            #expect(try plane.program("plan", "feed.csv", ["--config", file]).status != 69)
        }
    }

    @Test(arguments: ["note", "wireguard_peer.", ".note", "a b.c", "wireguard_peer.note,"])
    func `what is no name of a column is 64`(name: String) throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("plan", "feed.csv", ["--accept-column", name]).status == 64)
        }
    }

    @Test func `check says what is accepted, and what has no need to be`() throws {
        try withUnknownColumns { plane in
            let result = try plane.program(
                "check", "feed.csv",
                ["--no-apply"] + (Self.columns + ["wireguard_peer.hostname"]).flatMap { ["--accept-column", $0] })
            let said = result.stdout
            #expect(
                said.contains(
                    "unknown, and accepted by --accept-column: firewall_firewallrule.colour, wireguard_peer.note"
                ))
            #expect(said.contains("but no reason to refuse the database: wireguard_peer.hostname"))
        }
    }
}
