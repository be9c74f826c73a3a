import WireGuard

/// Shows the progress of a stage on a terminal. Elsewhere it does nothing.
///
/// It redraws a single line, at most ten times a second, and clears it at the end. A log line written with
/// ``StandardError/writeLine(_:)`` replaces the bar, which is then redrawn below. The bar has no colours, so `NO_COLOR`
/// does not apply.
struct ProgressBar {
    private let output: StandardError
    private let now: @Sendable () -> ContinuousClock.Instant
    private var stage = ""
    private var done: Int?
    private var total: Int?
    private var stageBegan: ContinuousClock.Instant
    private var lastDrawn: ContinuousClock.Instant?

    init(output: StandardError, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        (self.output, self.now, stageBegan) = (output, now, now())
    }

    /// Begins a stage of which nothing is counted yet.
    mutating func begin(_ stage: String) {
        clear()
        (self.stage, stageBegan) = (stage, now())
    }

    /// Updates how much is done. A stage also begins when it is first named.
    ///
    /// - Parameter total: nil where the amount of work is unknown.
    mutating func update(_ stage: String, done: Int, total: Int?) {
        if stage != self.stage { begin(stage) }
        update(done: done, total: total)
    }

    mutating func update(done: Int, total: Int?) {
        (self.done, self.total) = (done, total)
        draw(at: now())
    }

    /// Shows that time passes in a stage that counts nothing, once it has lasted 0.3 s.
    mutating func redraw() {
        let time = now()
        guard !stage.isEmpty, time - stageBegan >= .milliseconds(300) else { return }
        draw(at: time)
    }

    private mutating func draw(at time: ContinuousClock.Instant) {
        guard output.isTerminal else { return }
        if let lastDrawn, time - lastDrawn < .milliseconds(100) { return }
        lastDrawn = time
        let line = ProgressLine(stage: stage, done: done, total: total, elapsed: time - stageBegan)
        // A character in the last column makes some terminals begin a new line.
        output.write(StandardError.clearLine + line.text(width: output.columns - 1, unicode: output.hasUnicode))
    }

    /// Clears the bar.
    mutating func clear() {
        if lastDrawn != nil { output.write(StandardError.clearLine) }
        (stage, done, total, lastDrawn) = ("", nil, nil, nil)
    }
}
