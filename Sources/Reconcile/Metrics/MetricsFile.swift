import ControlPlane
import Feed
import Glibc
import Journal
import Support
import WireGuard

/// The file from which node_exporter's textfile collector reads the result of the last run.
///
/// It is replaced as a whole. Everybody can read it (0644), because node_exporter runs as another user.
package struct MetricsFile: Sendable {
    private static let mode: mode_t = 0o644
    /// Seconds after which another process's temporary file counts as left over from a killed run.
    private static let leftoverAge: Int64 = 3_600

    private let path: String

    package init(path: String) { self.path = path }

    /// Writes the metrics of a call of `run`, also of one that failed.
    ///
    /// The last success of an earlier call is carried over from the file. If the file has none, it comes from the
    /// database's journal, so that a lost file raises no alarm. The state of tunnels and configs is carried over until
    /// a call has checked them again.
    ///
    /// - Parameters:
    ///   - start: When the call began. A run in the journal that began later is the call itself and not an earlier
    ///     success.
    ///   - duration: The duration of the call, in milliseconds.
    ///   - database: The database whose journal is read; nil where the call did not get to know it.
    /// - Throws: ``MetricsNotWritten``; the file keeps its content.
    package func write(
        _ metrics: RunMetrics, exitStatus: ExitStatus, startedAt start: UTCTime, endedAt now: UTCTime,
        duration: Milliseconds,
        database: JournalSource?
    ) throws(MetricsNotWritten) {
        let earlier = earlierCalls(notAfter: now)
        let lastSuccess =
            metrics.isSuccess(exitStatus) ? now : earlier.success ?? database?.lastCompletion(before: start)
        try replace(
            with: metrics.text(
                exitStatus: exitStatus, endedAt: now, duration: duration, lastSuccess: lastSuccess,
                feedTime: metrics.feedTime ?? earlier.feed, earlier: earlier.state), now)
    }

    /// Adds the metrics of a rehearsal to the file, which keeps those of the last run.
    ///
    /// - Throws: ``MetricsNotWritten``; the file keeps its content.
    package func write(
        _ metrics: RehearsalMetrics, exitStatus: ExitStatus, endedAt now: UTCTime
    ) throws(MetricsNotWritten) {
        // A file that cannot be read has nothing to keep. Writing it will report the reason.
        let bytes = try? FileContents.readRegularFile(path)
        let earlier = bytes.flatMap { String(validating: $0, as: UTF8.self) } ?? ""
        try replace(with: metrics.text(exitStatus: exitStatus, endedAt: now, beside: earlier), now)
    }

    private func replace(with text: String, _ now: UTCTime) throws(MetricsNotWritten) {
        do throws(FileFailure) {
            try clearLeftovers(now)
            try DurableFile.replace(path, with: Array(text.utf8), mode: Self.mode)
            // With "/.", a link to the folder is followed.
            try DurableFile.syncFolder(FileSystem.parent(of: path) + "/.")
        } catch {
            throw MetricsNotWritten(path: path, failure: error)
        }
    }

    /// Checks whether the file could be written, without changing it.
    func examine() throws(MetricsNotWritten) {
        do throws(FileFailure) {
            if let found = try FileSystem.status(of: path), found.isFolder {
                throw FileFailure(.rename, path, code: EISDIR)
            }
            try DurableFile.tryFile(in: FileSystem.parent(of: path))
        } catch {
            throw MetricsNotWritten(path: path, failure: error)
        }
    }

    /// The values of earlier calls in the file. A time in the future was written with a clock that was ahead. It is
    /// ignored, because it would hide for a long time that nothing succeeds.
    private func earlierCalls(notAfter now: UTCTime) -> (success: UTCTime?, feed: UTCTime?, state: PreviousMetrics) {
        // A file that cannot be read has nothing from earlier runs. Writing it will report the reason.
        guard let bytes = try? FileContents.readRegularFile(path), let text = String(validating: bytes, as: UTF8.self)
        else { return (nil, nil, PreviousMetrics()) }
        func time(_ name: String) -> UTCTime? {
            guard let value = MetricsText.value(of: name, in: text), value > 0, value <= Double(now.seconds) else {
                return nil
            }
            return UTCTime(seconds: Int64(value))
        }
        return (time(MetricName.lastSuccess), time(MetricName.feedTime), PreviousMetrics(in: text))
    }

    /// Clears only old temporary files of this metrics file. Another run, on another database, may be writing its
    /// metrics to the same folder.
    private func clearLeftovers(_ now: UTCTime) throws(FileFailure) {
        let folder = FileSystem.parent(of: path)
        let prefix = DurableFile.asidePrefix + (path.split(separator: "/").last ?? "") + "."
        for name in try FileSystem.names(in: folder) where name.hasPrefix(prefix) && DurableFile.isAside(name) {
            let aside = folder + "/" + name
            guard let found = try FileSystem.status(of: aside), found.isFile,
                Int64(found.st_mtim.tv_sec) < now.seconds - Self.leftoverAge
            else { continue }
            try FileSystem.remove(aside)
        }
    }
}

/// The database whose journal shows earlier runs.
package struct JournalSource: Sendable {
    private let path: String
    /// Metrics do not open a database that no run would open.
    private let trust: FileTrust
    private let acceptedColumns: Set<AcceptedColumn>

    package init(path: String, accepting acceptedColumns: Set<AcceptedColumn> = [], trust: FileTrust) {
        (self.path, self.acceptedColumns, self.trust) = (path, acceptedColumns, trust)
    }

    fileprivate func lastCompletion(before start: UTCTime) -> UTCTime? {
        // If the database cannot be read, the run failed for that reason and reports it.
        let opened = try? ControlPlaneDatabase(
            opening: path, busyTimeout: 0, accepting: acceptedColumns, trust: trust)
        guard let database = opened else { return nil }
        return try? database.readOnly(while: "read the journal of the database") { db in
            try Journal.lastCompletion(before: start, in: db)
        }
    }
}

/// The metrics were not written, so monitoring does not know how the run ended. The run itself is not affected.
package struct MetricsNotWritten: ExplainedError, Hashable {
    package var path: String
    package var failure: FileFailure

    package var operation: String { "write the metrics to" }
    package var subject: String { path.escapedForMessage(limit: 400) }
    package var cause: String {
        failure.operation == .write || failure.operation == .rename ? failure.reason : failure.description
    }
    package var hint: String {
        let advice =
            if failure.isOutOfRoom {
                "free some disk space"
            } else if failure.isBeyondSizeLimit {
                FileSizeLimit.hint
            } else if let hint = failure.hintOnReadOnlyMount {
                hint
            } else {
                "give the path of a file in a folder that this user may write with --metrics-file"
            }
        return advice + "; the run itself is not affected"
    }
    package var exitStatus: ExitStatus { .reportNotWritten }
}
