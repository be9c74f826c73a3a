import Dispatch
import Glibc
import Synchronization

/// The wish that the run end early: SIGTERM from a service manager, SIGINT from a keyboard, SIGHUP from a terminal or a
/// connection that closes.
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
            // Under nohup, the run goes on when the terminal closes.
            let numbers = [SIGINT, SIGTERM] + (Self.isIgnored(SIGHUP) ? [] : [SIGHUP])
            for number in numbers {
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler {
                    self.requested.store(true, ordering: .releasing)
                    signal(number, SIG_DFL)
                }
                let isArmed = DispatchSemaphore(value: 0)
                source.setRegistrationHandler { isArmed.signal() }
                source.resume()
                // From here on Dispatch has a handler of its own for the signal. Until here it ends the process, and nothing
                // was written.
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
