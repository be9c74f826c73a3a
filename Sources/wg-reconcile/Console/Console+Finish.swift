import ArgumentParser
import Foundation
import Logging
import Reconcile
import Support
import WireGuard

extension Console {
    /// Runs the body of a command that writes. Afterwards, also where it fails, writes the metrics and starts the program
    /// of `--on-finish`, in this order: the program can read the metrics. How it ended is added to them.
    ///
    /// Metrics that cannot be written do not stop a run, because the removals matter more. The failure is logged as an
    /// error, and the exit status is 73 where it would have been 0 or 1. What the program fails with is logged and
    /// changes no exit status.
    ///
    /// - Parameter body: Does the work and adds its results to the call.
    func reportingErrors(
        of call: CallToTell, _ body: (inout FinishedCall) throws -> ExitStatus
    ) throws {
        let (startedAt, start) = (SystemClock.now(), SystemClock.uptime())
        var finished = FinishedCall()
        var status = try status(of: &finished, body)
        let (endedAt, duration) = (SystemClock.now(), SystemClock.uptime() - start)
        func writeMetrics() -> Bool {
            let exitStatus = status
            return canWriteMetrics(&status) { () throws(MetricsNotWritten) in
                try call.metrics?.write(
                    finished.metrics, exitStatus: exitStatus, startedAt: startedAt, endedAt: endedAt,
                    duration: duration,
                    database: call.database)
            }
        }

        let hook = hookToStart(call)
        if hook != nil { finished.metrics.hook = .awaited }
        let isWritten = writeMetrics()
        if let hook {
            let isGood = run(hook, summary(finished, of: call.command, status, from: startedAt, to: endedAt))
            finished.metrics.hook = .ended(failed: !isGood)
            // Once is enough to say that they cannot be written.
            if isWritten { _ = writeMetrics() }
        }
        throw ExitCode(status.rawValue)
    }

    /// The same for a rehearsal, which is no run to the metrics.
    func reportingErrors(
        ofRehearsal call: CallToTell, _ body: (inout FinishedCall, inout RehearsalMetrics) throws -> ExitStatus
    ) throws -> Never {
        let startedAt = SystemClock.now()
        var (finished, metrics) = (FinishedCall(), RehearsalMetrics())
        var status = try status(of: &finished) { try body(&$0, &metrics) }
        logger.warning("this was a rehearsal: nothing was removed")
        let endedAt = SystemClock.now()
        let exitStatus = status
        _ = canWriteMetrics(&status) { () throws(MetricsNotWritten) in
            try call.metrics?.write(metrics, exitStatus: exitStatus, endedAt: endedAt)
        }
        if let hook = hookToStart(call) {
            _ = run(hook, summary(finished, of: "rehearsal", status, from: startedAt, to: endedAt))
        }
        throw ExitCode(status.rawValue)
    }

    /// Runs the body of a call. An error that ends it is logged and noted.
    private func status(
        of finished: inout FinishedCall, _ body: (inout FinishedCall) throws -> ExitStatus
    ) throws -> ExitStatus {
        do {
            return try body(&finished)
        } catch let error as any ExplainedError {
            log(error)
            finished.note(error)
            return error.exitStatus
        }
    }

    /// Whether the metrics could be written. If not, the error is logged, and becomes the status where that was 0 or 1.
    private func canWriteMetrics(
        _ status: inout ExitStatus, _ write: () throws(MetricsNotWritten) -> Void
    ) -> Bool {
        do throws(MetricsNotWritten) {
            try write()
            return true
        } catch {
            log(error)
            if status == .success || status == .attentionNeeded { status = error.exitStatus }
            return false
        }
    }

    private func summary(
        _ finished: FinishedCall, of command: String, _ status: ExitStatus, from startedAt: UTCTime, to endedAt: UTCTime
    ) -> FinishSummary {
        FinishSummary(
            finished, command: command, host: ProcessInfo.processInfo.hostName,
            programVersion: ProgramVersion.current, exitStatus: status, startedAt: startedAt,
            finishedAt: endedAt)
    }

    private func hookToStart(_ call: CallToTell) -> FinishHook? {
        guard let hook = call.hook else { return nil }
        guard !hook.isNested else {
            logger.info("the program of --on-finish is not started, because one has started this call")
            return nil
        }
        return hook
    }

    /// Starts the program of `--on-finish`, waits for it, and logs what it printed.
    ///
    /// - Returns: Whether it ended with status 0.
    private func run(_ hook: FinishHook, _ summary: FinishSummary) -> Bool {
        let ending = hook.run(summary)
        // Where all went well, its words are for those who want to know more.
        let level = ending.failure == nil ? Logger.Level.info : .warning
        for text in [ending.output, ending.complaint] { logLines(of: text, as: level) }
        if let failure = ending.failure { log(failure) }
        return ending.failure == nil
    }

    /// How many lines of each stream the log has at most, and how many characters of each.
    private static let (loggedLines, loggedCharacters) = (20, 300)

    private func logLines(of text: String, as level: Logger.Level) {
        let lines = text.split(whereSeparator: \.isNewline)
        for line in lines.prefix(Self.loggedLines) {
            logger.log(level: level, "on-finish: \(line.prefix(Self.loggedCharacters))")
        }
        if lines.count > Self.loggedLines {
            logger.log(level: level, "on-finish: more lines", metadata: ["more": "\(lines.count - Self.loggedLines)"])
        }
    }
}
