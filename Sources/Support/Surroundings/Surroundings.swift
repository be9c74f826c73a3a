/// Everything except files that a run takes from its environment: clocks, randomness, the host's name, who runs it,
/// stop requests and an observer.
package struct Surroundings: Sendable {
    /// The time of day.
    package var now: @Sendable () -> UTCTime
    /// A monotonic clock.
    package var uptime: @Sendable () -> Milliseconds
    /// Waits. May return early if a stop is requested.
    package var pause: @Sendable (Milliseconds) -> Void
    package var randomNumber: @Sendable () -> UInt32
    package var hostName: String
    /// Who runs the program.
    package var runBy: Operator
    /// Whether a signal has asked the run to stop: SIGTERM, SIGINT or SIGHUP.
    package var isStopRequested: @Sendable () -> Bool
    /// Receives the events of the run.
    package var observe: @Sendable (RunEvent) -> Void

    package init(
        now: @escaping @Sendable () -> UTCTime, uptime: @escaping @Sendable () -> Milliseconds,
        pause: @escaping @Sendable (Milliseconds) -> Void, randomNumber: @escaping @Sendable () -> UInt32,
        hostName: String, runBy: Operator = Operator(userID: 0),
        isStopRequested: @escaping @Sendable () -> Bool = { false },
        observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.now = now
        self.uptime = uptime
        self.pause = pause
        self.randomNumber = randomNumber
        self.hostName = hostName
        self.runBy = runBy
        self.isStopRequested = isStopRequested
        self.observe = observe
    }
}

/// The progress of a run, for a progress bar or a log.
package enum RunEvent: Sendable {
    /// A stage begins, which may take long.
    case began(Stage)
    /// A stage is finished. The figures are pairs of name and value.
    case finished(Stage, [(String, String)])
    /// The run has reached a point at which an interruption must do no harm. Tests stop the program there.
    case checkpoint(RunCheckpoint)
    /// How much of the stage is done: accounts that are committed, configs, accounts of a sample.
    case progress(done: Int, of: Int)
    /// The number of cluster workers that are up to date, while the run waits for the others.
    case waiting(followed: Int, of: Int)

    package enum Stage: String, Sendable {
        case feed, plan, backup, removal, configs, cluster, report, sample
    }
}
