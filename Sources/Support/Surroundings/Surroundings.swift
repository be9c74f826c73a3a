/// Everything that a run takes from the world besides its files: time, randomness, the wish to stop, an audience.
package struct Surroundings: Sendable {
    /// The time of day.
    package var now: @Sendable () -> UTCTime
    /// A clock that only goes forward.
    package var uptime: @Sendable () -> Milliseconds
    /// Waits; may return early when a stop is requested.
    package var pause: @Sendable (Milliseconds) -> Void
    package var randomNumber: @Sendable () -> UInt32
    package var hostName: String
    /// Who runs the program.
    package var runBy: Operator
    /// Whether a signal has asked the run to end: SIGTERM, SIGINT or SIGHUP.
    package var isStopRequested: @Sendable () -> Bool
    /// Is told how the run gets on.
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

/// How a run gets on, for a progress bar or a log.
package enum RunEvent: Sendable {
    /// A stage is over, in a sentence and with its figures.
    case finished(Stage, [(String, String)])
    /// The run has come to a point at which being cut short must do no harm. Tests stop the program there.
    case checkpoint(RunCheckpoint)
    /// Accounts that have been committed.
    case progress(done: Int, of: Int)
    /// Workers of the cluster that have followed, while the run waits for the others.
    case waiting(followed: Int, of: Int)

    package enum Stage: String, Sendable {
        case feed, plan, removal, configs, cluster, report
    }
}
