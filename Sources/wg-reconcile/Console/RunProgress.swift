import Dispatch
import Logging
import Support
import Synchronization

/// Shows the progress of a run: a progress bar on a terminal, a log line for each stage elsewhere.
///
/// The bar also moves while a stage has nothing to count. A stage that takes less than 0.3 s shows no bar.
final class RunProgress: Sendable {
    private let bar: Mutex<ProgressBar>
    private let logger: Logger
    private let pausePoint: PausePoint?
    private let timer = Mutex<(any DispatchSourceTimer)?>(nil)

    init(_ standardError: StandardError, _ logger: Logger, pausingAt pausePoint: PausePoint?) {
        self.pausePoint = pausePoint
        bar = Mutex(ProgressBar(output: standardError))
        self.logger = logger
        guard standardError.isTerminal else { return }
        timer.withLock { timer in
            let source = DispatchSource.makeTimerSource(queue: .global())
            source.schedule(deadline: .now() + .milliseconds(300), repeating: .milliseconds(100))
            source.setEventHandler { [weak self] in self?.bar.withLock { $0.redraw() } }
            source.resume()
            timer = source
        }
    }

    @Sendable func take(_ event: RunEvent) {
        switch event {
        case .began(let stage): bar.withLock { $0.begin(stage.title) }
        case .finished(let stage, let figures):
            bar.withLock { $0.clear() }
            logger.info(
                "\(stage.rawValue) done",
                metadata: Logger.Metadata(uniqueKeysWithValues: figures.map { ($0.0, "\($0.1)") }))
        case .checkpoint(let checkpoint):
            pausePoint?.reached(checkpoint)
        case .progress(let done, let total):
            bar.withLock { $0.update(done: done, total: total) }
        case .waiting(let followed, let total):
            bar.withLock { $0.update(RunEvent.Stage.cluster.title, done: followed, total: total) }
        }
    }

    func end() {
        timer.withLock { timer in
            timer?.cancel()
            timer = nil
        }
        bar.withLock { $0.clear() }
    }
}

extension RunEvent.Stage {
    /// What is going on, beside the bar.
    fileprivate var title: String {
        switch self {
        case .feed: "reading the feed"
        case .plan: "planning"
        case .backup: "copying the database"
        case .removal: "removing"
        case .configs: "bringing configs up to date"
        case .cluster: "waiting for workers"
        case .report: "writing the report"
        case .sample: "writing the sample"
        }
    }
}
