import Foundation
import TestSupport
import Testing

@testable import Support
@testable import WireGuard

@Suite("Live interfaces: calls of programs")
struct ProgramCallTests {
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
