import ArgumentParser
import Foundation
import Glibc
import Logging
import Reconcile

/// Where a command's results go: standard output, the log, and a progress bar where somebody looks on.
struct Console {
    private let logger: Logger
    private let standardError: StandardError
    /// Whether results go to a person's screen.
    let outputIsTerminal = isatty(STDOUT_FILENO) == 1

    /// - Throws: ``WrongVariable``, printed and turned into its exit status, where the environment asks for a log that
    ///   there is not.
    init(_ options: LoggingOptions, _ environment: EnvironmentVariables) throws {
        StandardError.outliveReaders()
        standardError = StandardError(environment: ProcessInfo.processInfo.environment)
        do {
            logger = try options.logger(environment, standardError)
        } catch let error as any ExplainedError {
            standardError.writeLine("error: \(error.description). Try: \(error.hint)")
            throw ExitCode(error.exitStatus.rawValue)
        }
    }

    /// Runs a command's body. An error that ends it is logged with its hint and becomes the exit status.
    func reportingErrors(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as any ExplainedError {
            log(error)
            throw ExitCode(error.exitStatus.rawValue)
        }
    }

    /// Gives a run its surroundings, listens for SIGINT and SIGTERM, and shows how the run gets on.
    func withSurroundings<Value>(_ body: (Surroundings) throws -> Value) throws -> Value {
        let stop = StopRequest()
        let progress = RunProgress(
            standardError, logger, pausingAt: PausePoint(ProcessInfo.processInfo.environment["WG_RECONCILE_TEST_PAUSE"])
        )
        defer { progress.end() }
        return try stop.listening {
            try body(
                Surroundings(
                    now: SystemClock.now, uptime: SystemClock.uptime, pause: SystemClock.sleep,
                    randomNumber: { UInt32.random(in: .min ... .max) }, hostName: ProcessInfo.processInfo.hostName,
                    isStopRequested: { stop.isRequested }, observe: progress.take))
        }
    }

    // MARK: Results

    /// The end of a run: who needs a person goes to the log, or, to a person, the summary.
    func show(_ run: FinishedRun, wantsSummary: Bool) {
        if wantsSummary || outputIsTerminal {
            print(RunSummary(run).text(colours: standardError.hasColours && outputIsTerminal), terminator: "")
        } else {
            logEntriesThatNeedAPerson(run)
        }
        if let failure = run.failure { log(failure) }
    }

    private func logEntriesThatNeedAPerson(_ run: FinishedRun) {
        for result in run.results where result.needsAPerson {
            logger.warning(
                "entry needs a person",
                metadata: [
                    "entry": "\(result.entry.number)", "line": "\(result.entry.line.map { "\($0)" } ?? "")",
                    "email": "\(result.entry.email)", "outcome": "\(result.outcome.rawValue)",
                    "why": "\(result.errors.joined(separator: "; "))",
                ])
        }
        for problem in run.record.configs.errors { logger.error("\(problem)") }
    }

    func show(_ planned: PlannedRun, asJSON: Bool) {
        if asJSON {
            FileHandle.standardOutput.writeIgnoringClosedPipe(PlanDocument(planned).bytes())
        } else {
            print(PlanTable(planned).text(width: outputIsTerminal ? standardError.columns : nil), terminator: "")
        }
        if let objection = planned.objection { log(objection) }
    }

    func show(_ result: Regeneration.Result) {
        let record = result.record
        print(
            "\(record.written.count) configs written, \(record.unchanged) unchanged, \(record.deleted.count) deleted; "
                + record.liveSentence)
        for name in record.unknown { logger.warning("left alone, of no known instance", metadata: ["file": "\(name)"]) }
        for problem in record.errors { logger.error("\(problem)") }
        if let failure = result.failure { log(failure) }
    }

    func print(_ text: String, terminator: String = "\n") {
        FileHandle.standardOutput.writeIgnoringClosedPipe(Array((text + terminator).utf8))
    }

    private func log(_ error: any ExplainedError) {
        logger.error("\(error.description)", metadata: ["try": "\(error.hint)"])
    }
}

extension FileHandle {
    /// A reader that has seen enough, `head` say, is no error.
    fileprivate func writeIgnoringClosedPipe(_ bytes: [UInt8]) {
        try? write(contentsOf: Data(bytes))
    }
}
