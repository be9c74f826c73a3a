import Glibc
import Support

/// The clocks of this machine.
enum SystemClock {
    /// The time of day, to the second. Finer times would be of no use in a report.
    static func now() -> UTCTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(seconds: Int64(time.tv_sec))
    }

    /// The monotonic clock.
    static func uptime() -> Milliseconds {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Milliseconds(time.tv_sec) * 1_000 + Milliseconds(time.tv_nsec) / 1_000_000
    }

    /// Waits for this long. A signal ends the wait early.
    static func sleep(_ duration: Milliseconds) {
        guard duration > 0 else { return }
        var time = timespec(
            tv_sec: Int(duration / 1_000), tv_nsec: Int(duration.truncatingRemainder(dividingBy: 1_000) * 1_000_000))
        nanosleep(&time, nil)
    }
}
