import Logging
import Support
import Synchronization

/// Shows the progress of a run: a progress bar on a terminal, a log line for each stage elsewhere.
final class RunProgress: Sendable {
    private let bar: Mutex<ProgressBar>
    private let logger: Logger
    private let pausePoint: PausePoint?

    init(_ standardError: StandardError, _ logger: Logger, pausingAt pausePoint: PausePoint?) {
        self.pausePoint = pausePoint
        bar = Mutex(ProgressBar(output: standardError))
        self.logger = logger
    }

    @Sendable func take(_ event: RunEvent) {
        switch event {
        case .finished(let stage, let figures):
            bar.withLock { $0.clear() }
            logger.info(
                "\(stage.rawValue) done",
                metadata: Logger.Metadata(uniqueKeysWithValues: figures.map { ($0.0, "\($0.1)") }))
        case .checkpoint(let checkpoint):
            pausePoint?.reached(checkpoint)
        case .progress(let done, let total):
            bar.withLock { $0.update("removing", done: done, total: total) }
        case .waiting(let followed, let total):
            bar.withLock { $0.update("waiting for workers", done: followed, total: total) }
        }
    }

    func end() { bar.withLock { $0.clear() } }
}
