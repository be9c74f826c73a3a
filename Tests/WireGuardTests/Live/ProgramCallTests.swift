import Foundation
import Glibc
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
        let folder = try ScratchFolder()
        let script = "trap '' TERM; sleep 600 & echo $$ $! >'\(folder.path)/pids'; wait; sleep 600"
        var processes: [pid_t] = []
        // A busy machine may need longer than that to get as far as the second process.
        for limit in [Duration.milliseconds(300), .seconds(5), .seconds(60)] where processes.count < 2 {
            let began = ContinuousClock.now
            let failure = #expect(throws: ProgramFailure.self) {
                try program("sh", limit: limit).run(["-c", script])
            }
            #expect(failure?.reason == .timedOut(limit))
            #expect(ContinuousClock.now - began < .seconds(300))
            // Where it did not get so far, there is no file.
            processes = ((try? folder.read("pids")) ?? "").split(whereSeparator: \.isWhitespace).compactMap {
                pid_t($0)
            }
        }
        try #require(processes.count == 2)
        for process in processes { #expect(!Self.isAtWork(process), "\(process)") }
    }

    @Test func `what a program had written before its time was up is kept`() throws {
        let course = try program("sh", limit: .seconds(2)).follow(["-c", "echo out; echo err >&2; exec sleep 600"])
        #expect(course.ending == .timedOut)
        #expect(course.output == Array("out\n".utf8) && course.complaint == Array("err\n".utf8))
    }

    /// Whether there is such a process and it has not ended, also where nobody has asked for its status.
    private static func isAtWork(_ process: pid_t) -> Bool {
        // Where there is no such process, there is no such file.
        let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return !status.isEmpty && !status.contains(") Z ") && !status.contains(") X ")
    }

    @Test func `a child that is left behind does not hold the call up`() throws {
        let answer = try program("sh").run(["-c", "sleep 600 & echo $!"]).text
        let child = try #require(pid_t(answer.trimmingCharacters(in: .newlines)))
        #expect(Self.isAtWork(child))
        kill(child, SIGKILL)
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
