import Synchronization
import TestSupport
import Testing

@testable import Reconcile
@testable import Report
@testable import Support

@Suite("Times of a run")
struct RunTimesTests {
    @Test func `a run begins when its feed is about to be read, and takes as long as all of it`() throws {
        final class Clock: Sendable {
            let calls = Atomic<Int64>(0)
            func now() -> UTCTime {
                UTCTime(seconds: 1_795_441_471 + 20 * calls.add(1, ordering: .relaxed).newValue)
            }
        }
        try withBench { bench in
            try bench.work { try $0.account("gone@x.com") }
            let clock = Clock()
            var surroundings = Surroundings.still()
            surroundings.now = { clock.now() }
            let run = try bench.run(["gone@x.com"], in: surroundings)
            #expect(run.record.startedAt == UTCTime(seconds: 1_795_441_491))
            #expect(run.record.finishedAt.seconds - run.record.startedAt.seconds >= 20)
        }
    }
}
