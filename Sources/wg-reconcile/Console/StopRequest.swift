import Dispatch
import Glibc
import Synchronization

/// A request to end the run early: SIGTERM from a service manager, SIGINT from a keyboard, SIGHUP from a terminal or
/// connection that closes.
///
/// The run finishes the current account, commits, regenerates the configs and writes its report. A second signal of the
/// same kind ends the process at once.
final class StopRequest: Sendable {
    private let requested = Atomic<Bool>(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Begins to listen. Before that a signal ends the process at once, which is safe while nothing has been written.
    func listen() {
        sources.withLock { sources in
            guard sources.isEmpty else { return }
            // Under nohup the run continues when the terminal closes.
            let numbers = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
            for number in numbers {
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                let isSecond = Atomic<Bool>(false)
                source.setEventHandler {
                    self.requested.store(true, ordering: .releasing)
                    signal(number, SIG_DFL)
                    // Dispatch may put its handler back after that, and then gets the second signal as well.
                    if isSecond.exchange(true, ordering: .relaxed) { kill(getpid(), number) }
                }
                let isArmed = DispatchSemaphore(value: 0)
                source.setRegistrationHandler { isArmed.signal() }
                source.resume()
                // From here on Dispatch has its own handler for the signal. Until here a signal ends the process, and
                // nothing was written.
                isArmed.wait()
                sources.append(source)
            }
        }
    }

    func end() {
        sources.withLock { sources in
            guard !sources.isEmpty else { return }
            for source in sources {
                source.cancel()
                signal(Int32(source.handle), SIG_DFL)
            }
            sources = []
        }
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
