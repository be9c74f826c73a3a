import ArgumentParser
import Feed
import Foundation
import Glibc
import Journal
import Logging
import Reconcile
import Removal
import Report
import SamplePlane
import Support
import WireGuard

/// Where a command's results go: standard output, the log, and on a terminal a progress bar.
struct Console {
    let logger: Logger
    let standardError: StandardError
    /// Whether standard output is a terminal.
    let outputIsTerminal = isatty(STDOUT_FILENO) == 1

    private init(_ logger: Logger, _ standardError: StandardError) {
        self.logger = logger
        self.standardError = standardError
    }

    /// Opens the console that the options ask for.
    ///
    /// - Parameter options: Reads the environment and the configuration file.
    /// - Throws: `ExitCode`, after printing the error. If the configuration cannot be used, there may be no log yet.
    static func open(_ options: () throws -> LoggingOptions) throws -> Console {
        StandardError.occupyClosedStreams()
        WriteSignals.becomeErrors()
        let standardError = StandardError(environment: ProcessInfo.processInfo.environment)
        do {
            return Console(try options().logger(standardError), standardError)
        } catch let error as any ExplainedError {
            standardError.explain(error)
            throw ExitCode(error.exitStatus.rawValue)
        }
    }

    /// Runs a command's body. An error that ends it is logged with its hint and becomes the exit status.
    func reportingErrors(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let exit as ExitCode {
            throw exit
        } catch let error as any ExplainedError {
            log(error)
            throw ExitCode(error.exitStatus.rawValue)
        } catch {
            // No other error is expected here. If one occurs, the exit status must not promise a report.
            logger.error("\(error)")
            throw ExitCode(ExitStatus.inputOutput.rawValue)
        }
    }

    /// Calls `body` with a run's surroundings. Shows progress, and handles signals once the run begins to write; see
    /// ``StopRequest``.
    func withSurroundings<Value>(_ body: (Surroundings) throws -> Value) throws -> Value {
        let stop = StopRequest()
        let progress = RunProgress(
            standardError, logger, pausingAt: PausePoint.asked(in: ProcessInfo.processInfo.environment))
        defer {
            progress.end()
            stop.end()
        }
        return try body(
            Surroundings(
                now: SystemClock.now, uptime: SystemClock.uptime, pause: SystemClock.sleep,
                randomNumber: { UInt32.random(in: .min ... .max) }, hostName: ProcessInfo.processInfo.hostName,
                runBy: .current,
                isStopRequested: { stop.isRequested },
                observe: { event in
                    if case .checkpoint(.planned) = event { stop.listen() }
                    progress.take(event)
                }))
    }

    // MARK: Results

    /// Shows the end of a run: prints its result, and logs accounts that need attention, unless the log goes to the
    /// same screen as the summary.
    ///
    /// - Parameter feedPath: Where the feed is now; nil where it was not moved.
    /// - Throws: ``OutputNotWritten``, or `FileFailure`, where a program asked for the result. It must not take a part
    ///   of it for the whole.
    func show(_ run: FinishedRun, as form: ResultForm, feedPath: String? = nil) throws {
        var showsSummary = false
        switch form {
        case .summaryOnTerminal: showsSummary = outputIsTerminal
        case .summary: showsSummary = true
        case .report, .responses: break
        }
        if showsSummary {
            // Losing the summary does not undo a run. The report has the result.
            try? printText(RunSummary(run).text(colours: standardError.hasColours && outputIsTerminal))
        }
        if !(showsSummary && outputIsTerminal && standardError.isTerminal) { logWhatNeedsAttention(run) }
        RestrictionLog(run).write(to: logger)
        if let failure = run.failure { log(failure, feedPath: feedPath) }
        if let failure = run.indexFailure { log(failure) }
        switch form {
        case .summaryOnTerminal, .summary: break
        case .report: try PublishedReport(path: run.reportPath).copyDocument { bytes in try write(bytes) }
        case .responses(let isList):
            try write(
                ResponsesDocument(
                    run.results, isList: isList, configsRegenerated: run.record.configs.regenerated
                ).bytes)
        }
    }

    /// How many entries of one outcome the log names at most. The report has them all.
    private static let loggedOfAnOutcome = 20

    private func logWhatNeedsAttention(_ run: FinishedRun) {
        // Where a guard stopped the run, every entry would repeat the reason. It is logged once instead.
        let isStoppedByGuard = run.failure is GuardStop
        var logged: [Outcome: Int] = [:]
        // The check avoids going through a large feed again, which would take a second.
        for result in run.results where run.summary.needingAttention > 0 && result.needsAttention {
            if isStoppedByGuard && result.outcome == .unprocessed { continue }
            logged[result.outcome, default: 0] += 1
            if logged[result.outcome, default: 0] > Self.loggedOfAnOutcome { continue }
            logger.warning(
                "entry needs attention",
                metadata: [
                    "entry": "\(result.entry.number)", "line": "\(result.entry.line.map { "\($0)" } ?? "")",
                    "email": "\(result.entry.email)", "outcome": "\(result.outcome.rawValue)",
                    "why": "\(result.sentences.joined(separator: "; "))",
                ])
        }
        for outcome in Outcome.allCases {
            let more = logged[outcome, default: 0] - Self.loggedOfAnOutcome
            guard more > 0 else { continue }
            logger.warning(
                "more entries need attention",
                metadata: ["outcome": "\(outcome.rawValue)", "more": "\(more)", "report": "\(run.reportPath)"])
        }
        for warning in run.record.feed.warnings { logger.warning("\(warning)") }
        logProblems(run.record.configs, besides: run.failure)
        logTroubles(run.record.cluster)
        for sentence in run.record.earlierTunnels?.sentences ?? [] { logger.warning("\(sentence)") }
        for sentence in run.record.danglingReferences { logger.warning("dangling before the run: \(sentence)") }
    }

    /// - Parameter feedPath: Where the feed is, if it is from an inbox.
    /// - Throws: ``OutputNotWritten``. A truncated plan must not be taken for a complete one.
    func show(_ planned: PlannedRun, asJSON: Bool, feedPath: String? = nil) throws {
        if asJSON {
            try PlanDocument(planned).write { bytes in try write(bytes) }
        } else {
            try show(PlanTable(planned))
            for sentence in planned.configErrors { try printText("configs: \(printable(sentence))\n") }
            for sentence in planned.plan.danglingReferences {
                try printText("dangling already: \(printable(sentence))\n")
            }
        }
        if let objection = planned.objection { log(objection, feedPath: feedPath) }
    }

    func show(_ table: PlanTable) throws {
        var portion: [UInt8] = []
        try table.write(width: outputWidth) { line in
            portion += line.utf8
            guard portion.count >= 65_536 else { return }
            try write(portion)
            portion.removeAll(keepingCapacity: true)
        }
        try write(portion)
    }

    /// - Throws: ``OutputNotWritten``.
    func show(_ result: Regeneration.Result) throws {
        let record = result.record
        try printText(
            "\(record.written.count) configs written, \(record.unchanged) unchanged, \(record.deleted.count) deleted; "
                + record.liveSentence(of: result.cluster) + (result.cluster.map { "; " + $0.sentence } ?? "")
                + (result.tunnels.map { "; tunnels of removed accounts: \($0.up) still up, \($0.unseen) unseen" } ?? "")
                + "\n")
        logProblems(result)
    }

    /// - Throws: ``OutputNotWritten``.
    func show(_ result: RestoreRun.Result, isDry: Bool) throws {
        try printText(RestoreListing(result: result, isDry: isDry).text)
        if let regeneration = result.regeneration { logProblems(regeneration) }
    }

    /// Shows the end of a merge. Where only the JSON is printed, the log shows which hosts have problems.
    ///
    /// - Throws: ``OutputNotWritten``.
    func show(_ merge: FinishedMerge, wantsSummary: Bool) throws {
        if let failure = merge.indexFailure { log(failure) }
        if wantsSummary {
            let colours = standardError.hasColours && outputIsTerminal
            return try printText(MergeSummary(finished: merge).text(colours: colours))
        }
        for host in merge.run.hosts {
            guard let problem = host.absence ?? host.stop?.text else { continue }
            logger.error("\(problem)", metadata: ["host": "\(host.name)"])
        }
    }

    /// - Throws: ``OutputNotWritten``.
    func show(_ findings: [Finding], asJSON: Bool) throws {
        if asJSON {
            try write(CheckDocument(findings).bytes())
        } else {
            try print(
                FindingsTable(findings: findings).text(
                    width: outputWidth,
                    colours: standardError.hasColours && outputIsTerminal), terminator: "")
        }
    }

    /// The width of standard output, where it is a terminal.
    var outputWidth: Int? { outputIsTerminal ? StandardError.columns(of: STDOUT_FILENO) : nil }

    /// Prints lines of text, which on a terminal are wrapped between words.
    ///
    /// - Throws: ``OutputNotWritten``.
    func printText(_ text: String) throws { try write(Array(text.wrapped(to: outputWidth).utf8)) }

    /// - Throws: ``OutputNotWritten``.
    func print(_ text: String, terminator: String = "\n") throws { try write(Array((text + terminator).utf8)) }

    /// - Throws: ``OutputNotWritten``.
    func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EPIPE {
                // The reader has seen enough, as `head` does.
                return
            } else if errno != EINTR {
                throw OutputNotWritten(reason: String(cString: strerror(errno)))
            }
        }
    }

    func logProblems(_ result: Regeneration.Result) {
        for name in result.record.unknown {
            logger.warning("left alone, for no known instance", metadata: ["file": "\(name)"])
        }
        logProblems(result.record, besides: result.failure)
        logTroubles(result.cluster)
        for sentence in result.tunnels?.sentences ?? [] { logger.warning("\(sentence)") }
        if let failure = result.failure { log(failure) }
    }

    private func logTroubles(_ cluster: ClusterRecord?) {
        for trouble in cluster?.troubles ?? [] { logger.warning("\(trouble)") }
        for sentence in cluster?.unasked ?? [] { logger.info("\(sentence)") }
    }

    /// One of the problems may be the failure itself, which is logged with its hint.
    private func logProblems(_ configs: ConfigsRecord, besides failure: (any ExplainedError)?) {
        for name in configs.live.unseen {
            logger.warning("could not be read, and belongs to somebody else", metadata: ["interface": "\(name)"])
        }
        for sentence in configs.live.notApplied { logger.warning("not applied: \(sentence)") }
        for problem in configs.errors where problem != failure?.description { logger.error("\(problem)") }
    }

    /// - Parameter feedPath: Where the feed with the error is, if a call with an inbox has moved it.
    func log(_ error: any ExplainedError, feedPath: String? = nil) {
        var metadata: Logger.Metadata = ["try": "\(error.hint)"]
        if let stop = error as? GuardStop {
            metadata["digest"] = "\(stop.planDigest)"
            if stop.canBeApproved {
                let command = ApprovalCommand(
                    approving: stop.planDigest, ofFeedAt: feedPath, CommandLine.arguments,
                    environment: ProcessInfo.processInfo.environment)
                metadata[TextLogHandler.command] = "\(command.text)"
                // The feed of an inbox may have been moved, which the stop itself does not know.
                metadata["try"] = "\(stop.hint(showingPlanWith: command.plan))"
            }
        }
        logger.error("\(error.description)", metadata: metadata)
    }
}

/// The output of a command could not be written to standard output.
struct OutputNotWritten: ExplainedError {
    var reason: String

    var operation: String { "write to" }
    var subject: String { "standard output" }
    var cause: String { reason }
    var hint: String { "write the output where there is space" }
    var exitStatus: ExitStatus { .inputOutput }
}

extension Operator {
    /// The user who runs this process.
    fileprivate static var current: Operator {
        let sudoUser = ProcessInfo.processInfo.environment["SUDO_USER"] ?? ""
        return Operator(userID: geteuid(), sudoUser: sudoUser.isEmpty ? nil : sudoUser)
    }
}
