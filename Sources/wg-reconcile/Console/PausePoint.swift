import Glibc
import Support
import Synchronization

/// For tests of what an interruption does: the program stops itself (SIGSTOP) when it comes to a checkpoint for the
/// n-th time, so that a test can kill it at exactly that point. `WG_RECONCILE_TEST_PAUSE=committed:2`.
/// In debug builds alone.
final class PausePoint: Sendable {
    static let variable = "WG_RECONCILE_TEST_PAUSE"

    private let checkpoint: RunCheckpoint
    private let visit: Int
    private let visits = Atomic<Int>(0)

    /// The point that the environment asks for; nil where it asks for none. A release build has no such variable: whoever
    /// can set it could have the program hold the database's write lock for ever.
    static func asked(in environment: [String: String]) -> PausePoint? {
        #if DEBUG
            return environment[variable].flatMap(PausePoint.init)
        #else
            return nil
        #endif
    }

    /// nil where the text names no checkpoint.
    private init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard let name = parts.first, let checkpoint = RunCheckpoint(rawValue: String(name)) else { return nil }
        self.checkpoint = checkpoint
        visit = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
    }

    func reached(_ checkpoint: RunCheckpoint) {
        guard checkpoint == self.checkpoint else { return }
        if visits.add(1, ordering: .relaxed).newValue == visit { raise(SIGSTOP) }
    }
}
