import ArgumentParser
import Reconcile

struct LoggingOptions: ParsableArguments {}
struct Terminal {
    init(_ o: LoggingOptions, _ e: EnvironmentVariables) throws {}
    func reportingErrors(_ body: () throws -> Void) throws {
        do { try body() } catch let e as any ExplainedError {
            print("\(e)\nTry: \(e.hint)")
            throw ExitCode(e.exitStatus.rawValue)
        }
    }
    func withSurroundings<V>(_ body: (Surroundings) throws -> V) throws -> V {
        let stop = StopRequest()
        return try stop.listening {
            try body(
                Surroundings(
                    now: SystemClock.now, uptime: SystemClock.uptime, pause: SystemClock.sleep,
                    randomNumber: { .random(in: 0...(.max)) }, hostName: "h", isStopRequested: { stop.isRequested },
                    observe: { print($0) }))
        }
    }
    func show(_ f: FinishedRun, summaryWanted: Bool) throws {
        print(f.summary, f.failure as Any, f.record.configs)
        for r in f.results where r.outcome.needsAPerson { print(r.entry.email, r.outcome, r.errors) }
    }
    func show(_ f: PlannedRun, asJSON: Bool) throws { print(f.plan.targets.count, f.objection as Any) }
    func show(_ f: Regeneration.Result) throws { print(f) }
    func show(_ f: AccountHistory, of: String) { print(f) }
    func show(_ f: SampleInventory) {}
}
