import Foundation
import Glibc
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Report
@testable import SamplePlane
@testable import WireGuard

@Suite("Live interfaces: what has to be there before anything is removed")
struct LiveAccessTests {
    /// A folder that serves as PATH, with programs that are real and do little.
    private func path(with programs: [String], in bench: Bench) throws -> [String: String] {
        let folder = bench.folder + "/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in programs {
            try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: "/bin/true")
        }
        return ["PATH": folder]
    }

    private func access(_ programs: [String], _ namespace: String? = nil, in bench: Bench) throws -> LiveAccess {
        LiveAccess(networkNamespace: namespace, environment: try path(with: programs, in: bench))
    }

    @Test(arguments: [
        (["wg"], nil, LiveAccessFailure.Reason.programMissing("wg-quick")),
        (["wg", "wg-quick"], nil, .programMissing("ip")),
        (["wg", "wg-quick", "ip"], "/proc/self/ns/net", .programMissing("nsenter")),
        (["wg", "wg-quick", "ip", "nsenter"], "no-such", .namespaceMissing("/run/netns/no-such")),
        (["wg", "wg-quick", "ip", "nsenter"], "/no/such", .namespaceMissing("/no/such")),
        (["wg", "wg-quick", "ip", "nsenter"], "/etc/passwd", .notANetworkNamespace("/etc/passwd")),
        (["wg", "wg-quick", "ip", "nsenter"], "/proc/self/ns/uts", .notANetworkNamespace("/proc/self/ns/uts")),
    ])
    func `what is missing is told, and nothing is touched`(
        programs: [String], namespace: String?, reason: LiveAccessFailure.Reason
    ) throws {
        try withBench { bench in
            try bench.work { try $0.account("gone@x.com") }
            let access = try access(programs, namespace, in: bench)
            let before = try bench.image()
            let failure = #expect(throws: LiveAccessFailure.self) {
                try bench.run(["gone@x.com"]) { $0.live = access }
            }
            #expect(failure?.reason == reason)
            #expect(failure?.exitStatus == .configurationWrong)
            #expect(throws: LiveAccessFailure.self) { try bench.plan(["gone@x.com"]) { $0.live = access } }
            #expect(try bench.image() == before)
        }
    }

    @Test func `a wg that does not answer is waited for until its time is over, and nothing is touched`() throws {
        try withBench { bench in
            try bench.work { try $0.account("gone@x.com") }
            var access = try access(["wg-quick", "ip"], in: bench)
            let wg = bench.folder + "/bin/wg"
            try "#!/bin/sh\nexec /bin/sleep 60\n".write(toFile: wg, atomically: false, encoding: .utf8)
            chmod(wg, 0o755)
            access.timeLimit = .milliseconds(300)
            let before = try bench.image()
            let failure = #expect(throws: LiveAccessFailure.self) {
                try bench.run(["gone@x.com"]) { $0.live = access }
            }
            #expect(failure?.exitStatus == .inputOutput)
            #expect(failure?.hint.contains("does not answer") == true, "\(failure?.hint ?? "")")
            #expect(try bench.image() == before)
        }
    }

    @Test func `an interface of the database that cannot be read stops the run before anything is removed`() throws {
        try withBench { bench in
            let account = try bench.work { try $0.account("gone@x.com") }
            let number = try bench.strings("SELECT instance_id FROM wireguard_wireguardinstance").first ?? ""
            var access = try access(["wg-quick", "ip"], in: bench)
            access.environment["PATH"]? += ":/bin"
            func wg(showing name: String) throws {
                let wg = bench.folder + "/bin/wg"
                // As `wg` itself says it where it is called without permission.
                let script = """
                    #!/bin/sh
                    [ "$2" = interfaces ] && { echo \(name); exit; }
                    echo "Unable to access interface \(name): Permission denied" >&2
                    exit 1
                    """
                try script.write(toFile: wg, atomically: false, encoding: .utf8)
                chmod(wg, 0o755)
            }
            let before = try bench.image()
            try wg(showing: "wg" + number)
            let failure = #expect(throws: LiveAccessFailure.self) {
                try bench.run(["gone@x.com"]) { $0.live = access }
            }
            #expect(failure?.reason == .unreadable(["wg" + number]))
            #expect(failure?.exitStatus == .notPermitted)
            #expect(try bench.image() == before)

            // One that the database has nothing to do with is nobody's hindrance.
            try wg(showing: "wg777")
            #expect(try bench.run([account.email]) { $0.live = access }.outcomes == [.removed])
        }
    }

    @Test func `without wg nothing is applied, and the report says why`() throws {
        try withBench { bench in
            try bench.work { try $0.account("gone@x.com") }
            let access = try access([], in: bench)
            let run = try bench.run(["gone@x.com"]) { $0.live = access }
            #expect(run.exitStatus == .attentionNeeded)
            #expect(run.results[0].isTunnelUnseen)
            #expect(run.record.configs.notApplied == .noPrograms)
            #expect(run.record.configs.note.contains("wg is not installed"))
            #expect(run.results[0].tunnelDown == nil)
        }
    }

    @Test(arguments: [true, false])
    func `where the namespace was given, the note does not ask for it, and says what was done`(isRun: Bool) {
        var configs = ConfigsRecord()
        configs.notApplied = .nothingInNamespace
        configs.live.firewallRun = isRun
        #expect(!configs.note.contains("--netns"))
        #expect(configs.note.contains("the firewall script was run there") == isRun)
    }

    @Test func `where no interface is up, nobody says that a tunnel is down`() throws {
        try withBench { bench in
            try bench.work { try $0.account("gone@x.com") }
            // /bin/true as wg: there is no interface at all.
            let access = try access(["wg", "wg-quick", "ip"], in: bench)
            let run = try bench.run(["gone@x.com"]) { $0.live = access }
            #expect(run.exitStatus == .attentionNeeded)
            #expect(run.record.configs.notApplied == .nothingInSight)
            #expect(run.results[0].tunnelDown == nil)
            #expect(run.results[0].isTunnelUnseen)
            #expect(run.summary.tunnelsUnseen == 1)

            // The next night, too, although it removes nothing.
            let second = try bench.run(["gone@x.com"]) { $0.live = access }
            #expect(second.outcomes == [.alreadyAbsent])
            #expect(second.exitStatus == .attentionNeeded)
            #expect(second.results[0].isTunnelUnseen)

            // With --no-apply nobody has asked.
            let unasked = try bench.run(["gone@x.com"])
            #expect(unasked.exitStatus == .success)
            #expect(unasked.results[0].tunnelDown == nil)
        }
    }

    @Test func `an account without keys has no tunnel that could be up`() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("bare@x.com", peers: 0)
                try plane.user("alone@x.com")
            }
            let access = try access(["wg", "wg-quick", "ip"], in: bench)
            let run = try bench.run(["bare@x.com", "alone@x.com"]) { $0.live = access }
            #expect(run.outcomes == [.removed, .partiallyRemoved])
            #expect(run.results.map(\.tunnelDown) == [true, true])
            #expect(run.exitStatus == .success)
        }
    }
}

@Suite("Live interfaces: calls of programs")
struct ProgramTests {
    private func program(_ name: String, limit: Duration = .seconds(20)) -> Program {
        Program(name: name, path: "/bin/" + name, environment: ["PATH": "/usr/bin:/bin"], timeLimit: limit)
    }

    @Test func `what a program reads and writes is passed on, also when it is much`() throws {
        let bytes = [UInt8](repeating: 0x61, count: 3_000_000)
        #expect(try program("cat").run([], input: bytes).text.utf8.elementsEqual(bytes))
    }

    @Test func `a program that reads nothing is no trouble`() throws {
        let bytes = [UInt8](repeating: 0x61, count: 3_000_000)
        #expect(try program("true").run([], input: bytes).status == 0)
    }

    @Test func `a program that takes too long is ended with what it started`() throws {
        let began = ContinuousClock.now
        let failure = #expect(throws: ProgramFailure.self) {
            try program("sh", limit: .milliseconds(300)).run(["-c", "trap '' TERM; sleep 61.25 & wait; sleep 61.25"])
        }
        #expect(failure?.reason == .timedOut(.milliseconds(300)))
        #expect(ContinuousClock.now - began < .seconds(15))
        #expect(try Tool("pgrep", "-f", "sleep 61.25").status == 1)
    }

    @Test func `a child that is left behind does not hold the call up`() throws {
        let began = ContinuousClock.now
        #expect(try program("sh").run(["-c", "sleep 6 & echo done"]).text == "done\n")
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    @Test func `what a program complains of is told without keys and commands`() throws {
        let key = "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28="
        let script = "echo '[#] secret --token' >&2; echo \"Key is wrong: \\`\(key)' \(key)\" >&2; exit 4"
        let failure = #expect(throws: ProgramFailure.self) { try program("sh").run(["-c", script]) }
        let text = try #require(failure).reason
        guard case .status(4, _) = text else {
            Issue.record("\(text)")
            return
        }
        let said = ProgramFailure(call: "wg", reason: text).description
        #expect(said == "`wg` ended with status 4: Key is wrong: `…")
    }
}

@Suite("Live interfaces: configs")
struct ConfigTextTests {
    @Test(.enabled(if: (try? Tool("which", "wg-quick").status) == 0, "skipped: wg-quick is not installed"))
    func `stripped as wg-quick does it`() throws {
        try withBench { bench in
            let text = """
                [Interface]
                PrivateKey = cF5sUkXn2EPCmqPqHCyLIjjXh3zjZ/sjeGBm5vuAoXQ=
                address = 10.0.0.1/24
                ListenPort = 51820
                MTU=1400
                PostUp = a = b ; # c
                PostDown =
                # Address of nobody
                [Peer]
                PublicKey = 5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=
                AllowedIPs = 10.0.0.2/32 # Address
                #[Peer]
                #PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                """
            try bench.put(text, at: "wg7.conf")
            let config = ConfigText(Array(text.utf8))
            let expected = try Tool.need("wg-quick", "strip", bench.wireguard + "/wg7.conf")
            #expect(
                String(decoding: config.stripped, as: UTF8.self).trimmingSuffix("\n") == expected.trimmingSuffix("\n"))
            #expect(config.peerKeys == ["5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs="])
        }
    }

    @Test(arguments: [
        "5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=", "5YdA1wmZfKk5pEZvDfOv/7xW J0tqH1yvj5uGhm5k6Vs= # x",
    ])
    func `a key is read as wg reads it`(text: String) {
        #expect(
            ConfigText(Array("[Peer]\nPublicKey = \(text)\n".utf8)).peerKeys == [
                "5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs="
            ])
    }

    @Test func `what is no key is told by its place, never by its value`() {
        let config = ConfigText(
            Array(
                """
                [Interface]
                PrivateKey = SECRET
                [Peer]
                PublicKey = 5YdA1wmZfKk5pEZvDfOv/7xWJ0tqH1yvj5uGhm5k6Vs=
                PresharedKey = SECRET
                [Peer]
                PublicKey = SECRET
                """.utf8))
        #expect(
            config.flaws == [
                "private_key is no key", "pre_shared_key of peer 5YdA1wmZ… is no key", "public_key of peer 2 is no key",
            ])
    }

    @Test func `the public key is that of the private key`() throws {
        var random = SplitMix64(seed: 3)
        let pair = try SampleKeyPair(using: &random)
        #expect(ConfigText(Array("[Interface]\nPrivateKey = \(pair.privateKey)\n".utf8)).publicKey == pair.publicKey)
        #expect(ConfigText(Array("[Interface]\nPrivateKey = hello\n".utf8)).publicKey == nil)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ character: Character) -> Substring {
        var rest = self[...]
        while rest.last == character { rest = rest.dropLast() }
        return rest
    }
}
