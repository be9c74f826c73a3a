import Glibc
import Support

/// A moment on the kernel's monotonic clock, by which it also dates addresses. The clock starts at boot, and nobody
/// can set it.
struct BootMoment: Hashable, Sendable, CustomStringConvertible {
    /// Hundredths of a second since boot, as in `IFA_CACHEINFO` of rtnetlink(7).
    var hundredths: Int64
    /// Identifies the boot.
    var boot: String

    init(hundredths: Int64, boot: String) { (self.hundredths, self.boot) = (hundredths, boot) }

    /// Parses what ``description`` writes.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@")
        guard parts.count == 2, let hundredths = Int64(parts[0]) else { return nil }
        self.init(hundredths: hundredths, boot: String(parts[1]))
    }

    static var now: BootMoment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return BootMoment(hundredths: Int64(time.tv_sec) * 100 + Int64(time.tv_nsec) / 10_000_000, boot: currentBoot)
    }

    var description: String { "\(hundredths)@\(boot)" }

    private static var currentBoot: String {
        // Without the boot's identifier, an interface from after a reboot may be mistaken for one from before it.
        let bytes = (try? FileContents.readRegularFile("/proc/sys/kernel/random/boot_id")) ?? nil
        let text = String(decoding: bytes ?? [], as: UTF8.self).filter { $0.isHexDigit }
        return text.isEmpty ? "0" : text
    }
}
