import WireGuard

/// Shows on a terminal how far a stage is; anywhere else it does nothing.
///
/// It redraws a single line, at most ten times a second, and takes it away when it is done. A log line written meanwhile
/// with ``StandardError/writeLine(_:)`` takes the bar's place, and the bar comes back below it. It has no colours, so
/// `NO_COLOR` has nothing to ask of it.
struct ProgressBar {
    private let output: StandardError
    private let now: @Sendable () -> ContinuousClock.Instant
    private var stage = ""
    private var stageBegan: ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?

    init(output: StandardError, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        (self.output, self.now, stageBegan) = (output, now, now())
    }

    /// Says how much is done. The first time that a stage is named it begins.
    ///
    /// - Parameter total: Nil where nobody knows how much there is to do.
    mutating func update(_ stage: String, done: Int, total: Int?) {
        guard output.isTerminal else { return }
        let time = now()
        if stage != self.stage {
            (self.stage, stageBegan, lastDrawn) = (stage, time, nil)
        }
        if let lastDrawn, time - lastDrawn < .milliseconds(100) { return }
        lastDrawn = time
        let line = ProgressLine(stage: stage, done: done, total: total, elapsed: time - stageBegan)
        // A character in the last column makes some terminals begin a new line.
        output.write(StandardError.clearLine + line.text(width: output.columns - 1, unicode: output.hasUnicode))
    }

    /// Takes the bar away.
    mutating func clear() {
        guard lastDrawn != nil else { return }
        output.write(StandardError.clearLine)
        (stage, lastDrawn) = ("", nil)
    }
}
