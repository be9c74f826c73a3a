import Dispatch
import Glibc
import Synchronization

/// The wish that the run end early: SIGTERM from a service manager, SIGINT from a keyboard.
///
/// The run finishes the account at hand, commits, regenerates the configs and writes its report. The same signal once
/// more ends the process at once.
final class StopRequest: Sendable {
    private let requested = Atomic<Bool>(false)

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Listens for as long as `body` runs.
    func listening<Value>(_ body: () throws -> Value) rethrows -> Value {
        let sources = [SIGINT, SIGTERM].map { number in
            // The source sees the signal only where it does not end the process first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                self.requested.store(true, ordering: .releasing)
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
        return try body()
    }
}
