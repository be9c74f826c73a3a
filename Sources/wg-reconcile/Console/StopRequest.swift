import Dispatch
import Glibc
import Synchronization

/// The wish that the run end early: SIGTERM from a service manager, SIGINT from a keyboard.
///
/// The run finishes the account at hand, commits, regenerates the configs and writes its report. The same signal once
/// more ends the process at once.
final class StopRequest: Sendable {
    private let requested = Atomic<Bool>(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Begins to listen. Before that, a signal ends the process at once, which is right as long as nothing was written.
    func listen() {
        sources.withLock { sources in
            guard sources.isEmpty else { return }
            for number in [SIGINT, SIGTERM] {
                // The source sees the signal only where it does not end the process first.
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    self.requested.store(true, ordering: .releasing)
                    signal(number, SIG_DFL)
                }
                source.resume()
                sources.append(source)
            }
        }
    }

    func end() {
        sources.withLock { sources in
            guard !sources.isEmpty else { return }
            for source in sources { source.cancel() }
            sources = []
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
    }
}
