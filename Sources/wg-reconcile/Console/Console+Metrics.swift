import ArgumentParser
import Reconcile
import Support
import WireGuard

extension Console {
    /// Runs the body of `run` and writes the metrics, also when the run fails.
    ///
    /// Metrics that cannot be written do not stop a run, because the removals matter more. The failure is logged as an
    /// error, and the exit status is 73 where it would have been 0 or 1.
    ///
    /// - Parameter body: Does the work and adds its results to the metrics.
    func reportingErrors(
        to file: MetricsFile?, database: JournalSource?, _ body: (inout RunMetrics) throws -> ExitStatus
    ) throws {
        let (startedAt, start) = (SystemClock.now(), SystemClock.uptime())
        var metrics = RunMetrics()
        var status = ExitStatus.inputOutput
        do {
            status = try body(&metrics)
        } catch let error as any ExplainedError {
            log(error)
            status = error.exitStatus
        }
        if let file {
            do {
                try file.write(
                    metrics, exitStatus: status, startedAt: startedAt, endedAt: SystemClock.now(),
                    duration: SystemClock.uptime() - start,
                    database: database)
            } catch {
                log(error)
                if status == .success || status == .attentionNeeded { status = error.exitStatus }
            }
        }
        throw ExitCode(status.rawValue)
    }

    /// The same for a rehearsal, which is no run to the metrics.
    func reportingErrors(
        ofRehearsalTo file: MetricsFile?, _ body: (inout RehearsalMetrics) throws -> ExitStatus
    ) throws -> Never {
        var metrics = RehearsalMetrics()
        var status = ExitStatus.inputOutput
        do {
            status = try body(&metrics)
        } catch let error as any ExplainedError {
            log(error)
            status = error.exitStatus
        }
        logger.warning("this was a rehearsal: nothing was removed")
        if let file {
            do {
                try file.write(metrics, exitStatus: status, endedAt: SystemClock.now())
            } catch {
                log(error)
                if status == .success || status == .attentionNeeded { status = error.exitStatus }
            }
        }
        throw ExitCode(status.rawValue)
    }
}
