import Support
import Synchronization

/// Minutes that have gone by in tests, so that each run has a time and thus an id of its own.
private let minutes = Atomic<Int64>(0)

extension Surroundings {
    /// 23 November 2026, and a minute more for each run; nothing waits.
    package static func still(
        at time: UTCTime? = nil, uptime: @escaping @Sendable () -> Milliseconds = { 0 },
        pause: @escaping @Sendable (Milliseconds) -> Void = { _ in },
        isStopRequested: @escaping @Sendable () -> Bool = { false },
        observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) -> Surroundings {
        let minute = minutes.add(1, ordering: .relaxed).newValue
        let now = time ?? UTCTime(seconds: 1_795_441_471 + 60 * minute)
        return Surroundings(
            now: { now }, uptime: uptime, pause: pause, randomNumber: { 0x1a2b_3c4d }, hostName: "test",
            isStopRequested: isStopRequested, observe: observe)
    }
}
