import Foundation
import TestSupport
import Testing

/// The program ends, or its disk does, within any one of the system calls by which it changes files.
@Suite(.enabled(if: SystemCallBreaker.library != nil, "needs a C compiler"))
struct InterruptionSystemCallTests {
    private static let pace = ["--pause", "0", "--commit-every", "3"]

    /// How many such calls an undisturbed run makes.
    private static func count(_ undisturbed: UndisturbedRun) throws -> Int {
        var count = 0
        try withBrokenBench(undisturbed.template) { bench in
            let path = bench.folder + "/count"
            let child = try bench.run(pace, environment: SystemCallBreaker.counting(to: path))
            try undisturbed.expectSameEnd(bench, child, "counting")
            count = Int(try String(contentsOfFile: path, encoding: .utf8)) ?? 0
        }
        try #require(count > 100)
        return count
    }

    /// Calls spread over the whole run.
    private static func calls(of count: Int, _ samples: Int) -> [Int] {
        (0..<min(samples, count)).map { 1 + $0 * count / samples }
    }

    @Test func `a run killed within any system call is continued to the same end`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        let count = try Self.count(undisturbed)
        let calls = Self.calls(of: count, runsLongTests ? 200 : 8)
        var hot = 0
        let began = Date()
        for call in calls {
            try withBrokenBench(undisturbed.template) { bench in
                let child = try bench.run(Self.pace, environment: SystemCallBreaker.environment(.kill, at: call))
                guard child.state == .killed(signal: SIGKILL) else { return }
                if bench.hasHotJournal { hot += 1 }
                try Self.expectClosedConfigs(bench)
                try undisturbed.expectNothingHalf(bench, "killed at call \(call)")
                try undisturbed.expectHealed(bench, with: Self.pace, "killed at call \(call)")
            }
        }
        print(
            "system calls: killed at \(calls.count) of \(count); \(hot) times a hot journal was left;"
                + " \(Int(Date().timeIntervalSince(began))) s")
    }

    /// A disk that is full from one call on, and one that fails in a single call.
    @Test(arguments: [SystemCallBreaker.Fault.full, .broken])
    func `so is one whose disk fails in any system call`(fault: SystemCallBreaker.Fault) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        let count = try Self.count(undisturbed)
        let calls = Self.calls(of: count, runsLongTests ? 100 : 4)
        var statuses: [Int32: Int] = [:]
        let began = Date()
        for call in calls {
            try withBrokenBench(undisturbed.template) { bench in
                let comment: Comment = "\(fault) at call \(call)"
                let child = try bench.run(Self.pace, environment: SystemCallBreaker.environment(fault, at: call))
                guard case .exited(let status) = child.state else {
                    Issue.record("\(child.state), \(comment)")
                    return
                }
                statuses[status, default: 0] += 1
                #expect([undisturbed.exitStatus, 73, 74].contains(status), "\(status), \(comment): \(child.errors)")
                try undisturbed.expectNothingHalf(bench, ofReports: false, comment)
                try Self.expectNothingMissing(bench, comment)
                let again = try bench.run(Self.pace)
                #expect(again.state == .exited(undisturbed.exitStatus), comment)
                let now = try bench.image()
                #expect(now.tables == undisturbed.image.tables && now.outcomes == undisturbed.image.outcomes, comment)
                #expect(try bench.configs() == undisturbed.configs, comment)
                #expect(try bench.leftovers() == [], comment)
            }
        }
        print(
            "system calls: \(fault) at \(calls.count) of \(count), exit statuses \(statuses);"
                + " \(Int(Date().timeIntervalSince(began))) s")
    }

    /// Whatever a report calls removed is gone, and what is gone and journaled is called so.
    private static func expectNothingMissing(_ bench: BrokenBench, _ comment: Comment) throws {
        guard let report = try bench.publishedReports().values.first else { return }
        let done = report.gone
        #expect(done == (try bench.image().outcomes.count), comment)
    }

    /// Also what was being written aside is closed to others.
    private static func expectClosedConfigs(_ bench: BrokenBench) throws {
        for name in try bench.configs().keys {
            let facts = try FileManager.default.attributesOfItem(atPath: bench.wireguard + "/" + name)
            let mode = try #require(facts[.posixPermissions] as? Int)
            #expect(mode & 0o077 == 0, "\(name)")
        }
    }
}
