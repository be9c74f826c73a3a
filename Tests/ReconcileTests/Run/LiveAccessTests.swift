import Foundation
import Glibc
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import SamplePlane
@testable import Support
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
            try "#!/bin/sh\nexec /bin/sleep 600\n".write(toFile: wg, atomically: false, encoding: .utf8)
            chmod(wg, 0o755)
            // Long enough for the other programs to answer.
            access.timeLimit = .seconds(2)
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
