import Foundation
import TestSupport
import Testing

@testable import Reconcile
@testable import Report
@testable import WireGuard

@Suite("What a run learns from the output of the application")
struct LearntOutputOfRunsTests {
    @Test("Where the rule on port 8000 is missing, clients may reach the application, and go on to")
    func clientsReachApplication() throws {
        try withBench { bench in
            let recorded = RecordedOutput.upstream9979
            try recorded.lay(into: bench)
            let script = try recorded.applicationScript.split(separator: "\n").filter { !$0.contains("--dport 8000") }
            try bench.put(script.joined(separator: "\n") + "\n", at: FirewallScript.fileName)
            for _ in 1...2 {
                let configs = try bench.run([]).record.configs
                #expect(configs.learnt?.generation == "9975")
                #expect(configs.learnt?.letsClientsReachApplication == true)
                #expect(try !bench.config(FirewallScript.fileName).contains("-I INPUT"))
            }
        }
    }

    @Test("Where configs differ in their MTU, the report counts them once")
    func mixedMTU() throws {
        try withBench { bench in
            try RecordedOutput.upstream9979.lay(into: bench)
            let names = try bench.configNames()
            for name in names.prefix(2) {
                try bench.put(
                    bench.config(name).replacing("\nListenPort", with: "\nMTU = 1380\nListenPort"), at: name)
            }
            let said =
                "2 of \(names.count) configs have MTU 1380, \(names.count - 2) have none; took none; --mtu overrides"
            #expect(try bench.run([]).record.configs.note.hasSuffix("; " + said))
            #expect(try !bench.run([]).record.configs.note.contains("--mtu overrides"), "they agree now")
        }
    }

    @Test("Configs that are learnt to have an MTU keep it byte for byte")
    func mtuStays() throws {
        try withBench { bench in
            try RecordedOutput.upstream9979.lay(into: bench)
            let names = try bench.configNames()
            for name in names {
                let config = try bench.config(name)
                let end = try #require(config.range(of: "ListenPort = [0-9]+\n", options: .regularExpression))
                try bench.put(config.replacingCharacters(in: end, with: String(config[end]) + "MTU = 1380\n"), at: name)
            }
            let finished = try bench.run([])
            #expect(finished.record.configs.learnt?.mtu == 1380)
            #expect(finished.record.configs.written == [])
        }
    }

    @Test func `a config that stays keeps its MTU, whatever those of removed instances have`() throws {
        try withBench { bench in
            let emails = ["ann@example.com", "bob@example.com"]
            try bench.work { plane in for email in ["carl@example.com"] + emails { try plane.account(email) } }
            try bench.run([])
            let config = try bench.config("wg1.conf").replacing(#/ListenPort = [0-9]+\n/#) {
                $0.output + "MTU = 1380\n"
            }
            try bench.put(config, at: "wg1.conf")
            let finished = try bench.run(emails)
            #expect(finished.record.configs.written == [] && finished.record.configs.learnt?.mtu == 1380)
            #expect(try bench.config("wg1.conf") == config)
        }
    }
}
