import Foundation
import TestSupport
import Testing

@testable import Support
@testable import WireGuard

@Suite("Live interfaces: with what they came up")
struct StartedInterfacesTests {
    private func config(_ command: String, address: String = "10.0.0.1/24") -> [UInt8] {
        Array("[Interface]\nAddress = \(address)\nPostUp = \(command)\n".utf8)
    }

    private func config(of bytes: [UInt8]) -> InterfaceConfig {
        InterfaceConfig(number: 7, bytes: bytes, runsFirewallScript: false)
    }

    /// Replaces a config at a second after the start of the machine.
    private func replace(_ old: [UInt8], with new: [UInt8], at second: Int64, _ bench: Bench) throws {
        try StartedInterfaces.note(
            config(of: new), replacing: old, at: BootMoment(hundredths: second * 100, boot: "a"),
            in: try OpenFolder(bench.wireguard))
    }

    /// Looks at an interface with an address of that second.
    private func look(_ index: Int, _ boot: String = "a", since second: Int64?, at current: [UInt8], _ bench: Bench)
        throws
        -> StartedInterfaces.Comparison
    {
        var started = try StartedInterfaces(in: try OpenFolder(bench.wireguard))
        started.keep([7])
        let comparison = started.compare(
            7, .init(index: index, boot: boot, addressTime: second.map { $0 * 100 }), with: QuickSettings(current))
        try started.save()
        return comparison
    }

    @Test func `the config counts that was there when the interface came up`() throws {
        let configs = ["a", "b", "c"].map { config($0) }
        for (second, expected) in [
            (Int64(5), StartedInterfaces.Comparison.different), (15, .different), (25, .same), (10, .different),
            (20, .unknown), (11, .different), (21, .unknown),
        ] {
            try withBench { bench in
                try replace(configs[0], with: configs[1], at: 10, bench)
                try replace(configs[1], with: configs[2], at: 20, bench)
                for _ in 1...2 { #expect(try look(3, since: second, at: configs[2], bench) == expected, "\(second)") }
                #expect(try look(4, since: 30, at: configs[2], bench) == .same)
            }
        }
    }

    @Test func `what was seen to come up is known by its index and its address`() throws {
        try withBench { bench in
            let (old, new) = (config("old"), config("new"))
            #expect(try look(3, since: 5, at: old, bench) == .same)
            try replace(old, with: new, at: 10, bench)
            #expect(try look(3, since: 5, at: new, bench) == .different)
            // As the application's own export changes it.
            #expect(try look(3, since: 5, at: config("newer"), bench) == .different)
            #expect(try look(3, since: 5, at: old, bench) == .same)
            // A container that starts anew gives it the same index; or somebody has changed its addresses.
            #expect(try look(3, since: 12, at: new, bench) == .unknown)
            #expect(try look(3, since: 12, at: new, bench) == .unknown)
            #expect(try look(4, since: 20, at: new, bench) == .same)
            #expect(try look(4, "b", since: 20, at: old, bench) == .same)
        }
    }

    @Test func `a machine that was started since has brought up what the config says`() throws {
        try withBench { bench in
            try replace(config("old"), with: config("new", address: "10.0.0.2/24"), at: 10, bench)
            #expect(try look(3, "b", since: 5, at: config("new"), bench) == .same)
        }
    }

    @Test func `addresses that changed along, or are not there, do not tell when it came up`() throws {
        try withBench { bench in
            let new = config("new", address: "10.0.0.2/24")
            try replace(config("old"), with: new, at: 10, bench)
            #expect(try look(3, since: 20, at: new, bench) == .unknown)
        }
        // Nor where another change was to them alone.
        for second in [Int64(5), 15] {
            try withBench { bench in
                let new = config("new", address: "10.0.0.2/24")
                try replace(config("old"), with: config("old", address: "10.0.0.2/24"), at: second, bench)
                try replace(config("old", address: "10.0.0.2/24"), with: new, at: 10, bench)
                #expect(try look(3, since: 20, at: new, bench) == .unknown)
            }
        }
        try withBench { bench in
            try replace(config("old"), with: config("new"), at: 10, bench)
            #expect(try look(3, since: nil, at: config("new"), bench) == .unknown)
        }
    }

    @Test func `a change without a time, as versions before noted it, does not tell either`() throws {
        try withBench { bench in
            let digest = QuickSettings(config("old")).digest
            let path = bench.wireguard + "/" + StartedInterfaces.fileName
            try "\n7 ? \(digest)\n8 3@a \(digest.prefix(9))".write(toFile: path, atomically: false, encoding: .utf8)
            #expect(try look(3, since: 20, at: config("new"), bench) == .unknown)
        }
    }

    @Test func `an MTU that the config had is known until another interface comes up`() throws {
        func mtus(_ bench: Bench) throws -> Set<Int> {
            try StartedInterfaces(in: try OpenFolder(bench.wireguard)).former(of: 7).mtus
        }
        let (with, without) = (config("a\nMTU = 1300"), config("a"))
        try withBench { bench in
            try replace(with, with: without, at: 10, bench)
            #expect(try mtus(bench) == [1300])
            #expect(try look(3, since: 5, at: without, bench) == .same)
            #expect(try mtus(bench) == [1300])
            _ = try look(4, since: 20, at: without, bench)
            #expect(try mtus(bench) == [])
        }
        // One that a run has found in the config, and that the application's own export then took out.
        try withBench { bench in
            for index in [3, 4] {
                _ = try look(index, since: 5, at: with, bench)
                #expect(try mtus(bench) == [1300])
            }
        }
    }

    @Test func `interfaces that are down are forgotten`() throws {
        try withBench { bench in
            try replace(config("old"), with: config("new"), at: 10, bench)
            var started = try StartedInterfaces(in: try OpenFolder(bench.wireguard))
            started.keep([])
            try started.save()
            #expect(try FileSystem.status(of: bench.wireguard + "/" + StartedInterfaces.fileName) == nil)
        }
    }

    @Test func `times are read from what ip writes, and nothing from what makes no sense`() throws {
        // An address of interface 20 that was given at 623.68 s, then one of interface 7 at 5 s and 2 s.
        func message(_ index: UInt8, _ time: UInt32) -> [UInt8] {
            let times = withUnsafeBytes(of: time) { Array($0) }
            return [44, 0, 0, 0, 20, 0] + Array(repeating: 0, count: 10) + [2, 24, 0, 0, index, 0, 0, 0, 20, 0, 6, 0]
                + Array(repeating: 0xFF, count: 8) + times + times
        }
        let whole = [0x22, 0x12, 0x36, 0x47] + message(20, 62_368) + message(7, 500) + message(7, 200)
        #expect(AddressTimes(messages: whole).oldest == [20: 62_368, 7: 200])
        #expect(AddressTimes(messages: Array(whole.dropLast())).oldest == [20: 62_368, 7: 500])
        for count in 0..<48 { #expect(AddressTimes(messages: Array(whole.prefix(count))).oldest == [:]) }
    }
}
