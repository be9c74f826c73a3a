import Glibc
import Support
import Synchronization

/// Lets tests interrupt the program at an exact point. The program stops itself (SIGSTOP) when it reaches a checkpoint
/// for the n-th time, and the test can then kill it. `WG_RECONCILE_TEST_PAUSE=committed:2`. Debug builds only.
final class PausePoint: Sendable {
    static let variable = "WG_RECONCILE_TEST_PAUSE"

    private let checkpoint: RunCheckpoint
    private let visit: Int
    private let visits = Atomic<Int>(0)

    /// The point given in the environment; nil where none is given. A release build ignores the variable: anyone who
    /// can set it could make the program hold the database's write lock forever.
    static func asked(in environment: [String: String]) -> PausePoint? {
        #if DEBUG
            return environment[variable].flatMap(PausePoint.init)
        #else
            return nil
        #endif
    }

    /// nil where the text does not name a checkpoint.
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
