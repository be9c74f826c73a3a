import Glibc
import Reconcile
import Synchronization

/// For tests of what an interruption does: the program stops itself (SIGSTOP) when it comes to a checkpoint for the
/// n-th time, so that a test can kill it at exactly that point. `WG_RECONCILE_TEST_PAUSE=committed:2`.
final class PausePoint: Sendable {
    private let checkpoint: RunCheckpoint
    private let visit: Int
    private let visits = Atomic<Int>(0)

    /// nil where the text names no checkpoint.
    init?(_ text: String?) {
        let parts = (text ?? "").split(separator: ":")
        guard let name = parts.first, let checkpoint = RunCheckpoint(rawValue: String(name)) else { return nil }
        self.checkpoint = checkpoint
        visit = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
    }

    func reached(_ checkpoint: RunCheckpoint) {
        guard checkpoint == self.checkpoint else { return }
        if visits.add(1, ordering: .relaxed).newValue == visit { raise(SIGSTOP) }
    }
}
