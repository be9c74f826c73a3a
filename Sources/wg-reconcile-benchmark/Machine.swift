import Foundation
import Glibc

/// The machine and the versions used for a comparison.
enum Machine {
    static var description: String {
        "\(processor), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores, Linux \(release); SQLite \(sqliteVersion)"
    }

    private static var processor: String {
        // A failure is harmless here and below, because the values are only displayed.
        let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
        return model.map { $0.trimmingCharacters(in: .whitespaces) } ?? "an unnamed processor"
    }

    private static var release: String {
        (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? "of unknown version"
    }

    private static var sqliteVersion: String {
        (try? Child.output(of: "sqlite3", "--version"))?.split(separator: " ").first.map(String.init) ?? "unknown"
    }

    /// Milliseconds on the monotonic clock.
    static func uptime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
    }

    /// The peak memory of this process, in megabytes.
    static var peakMemory: Double {
        // If it cannot be read, the value is NaN and shows as missing.
        let lines = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?.split(separator: "\n") ?? []
        let kilobytes = lines.first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").dropFirst().first
        return (kilobytes.flatMap { Double($0) } ?? .nan) / 1_024
    }
}
