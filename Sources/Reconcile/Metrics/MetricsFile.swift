import ControlPlane
import Feed
import Glibc
import Journal
import Support
import WireGuard

/// The file from which node_exporter's textfile collector takes what the last run came to.
///
/// It is replaced as a whole and readable by everybody (0644), since node_exporter runs as another user.
package struct MetricsFile: Sendable {
    private static let mode: mode_t = 0o644
    /// Seconds after which the aside of another process is one that a killed run left.
    private static let leftoverAge: Int64 = 3_600

    private let path: String

    package init(path: String) { self.path = path }

    /// Writes what there is to say of a call of `run`, however it ended.
    ///
    /// The last success of an earlier call is carried over from the file. Where the file has none, the journal of the
    /// database is asked, so that a file that was lost raises no alarm. How tunnels and configs were left is carried over
    /// until a call has looked again.
    ///
    /// - Parameters:
    ///   - start: when the call began. What the journal has of the call itself is no earlier success.
    ///   - duration: of the call, in milliseconds.
    ///   - database: whose journal is asked; nil where the call did not come to know it.
    /// - Throws: ``MetricsNotWritten``; what was in the file stays.
    package func write(
        _ metrics: RunMetrics, exitStatus: ExitStatus, startedAt start: UTCTime, endedAt now: UTCTime,
        duration: Milliseconds,
        database: JournalSource?
    ) throws(MetricsNotWritten) {
        let earlier = earlierCalls(notAfter: now)
        let lastSuccess =
            metrics.isSuccess(exitStatus) ? now : earlier.success ?? database?.lastCompletion(before: start)
        let text = metrics.text(
            exitStatus: exitStatus, endedAt: now, duration: duration, lastSuccess: lastSuccess,
            feedTime: metrics.feedTime ?? earlier.feed, earlier: earlier.state)
        do throws(FileFailure) {
            try clearLeftovers(now)
            try DurableFile.replace(path, with: Array(text.utf8), mode: Self.mode)
            // With "/.", a link to the folder is followed.
            try DurableFile.syncFolder(FileSystem.parent(of: path) + "/.")
        } catch {
            throw MetricsNotWritten(path: path, failure: error)
        }
    }

    /// Finds out whether the file could be written, and leaves it as it is.
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

    /// What the file has of earlier calls. A time that has not come yet was written by a clock that was ahead, and would
    /// hide for long that nothing succeeds; it is not believed.
    private func earlierCalls(notAfter now: UTCTime) -> (success: UTCTime?, feed: UTCTime?, state: LastingState) {
        // A file that cannot be read says nothing of earlier runs, and writing it will tell why.
        guard let bytes = try? FileContents.readRegularFile(path), let text = String(validating: bytes, as: UTF8.self)
        else { return (nil, nil, LastingState()) }
        func time(_ name: String) -> UTCTime? {
            guard let value = MetricsText.value(of: name, in: text), value > 0, value <= Double(now.seconds) else {
                return nil
            }
            return UTCTime(seconds: Int64(value))
        }
        return (time(MetricName.lastSuccess), time(MetricName.feedTime), LastingState(in: text))
    }

    /// Another run, on another database, may be writing its metrics to the same folder, so that only asides of this very
    /// file are cleared, and only old ones.
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

/// The database whose journal tells of earlier runs.
package struct JournalSource: Sendable {
    private let path: String
    /// A database that no run would open is not opened for this, either.
    private let trust: FileTrust
    private let acceptedColumns: Set<AcceptedColumn>

    package init(path: String, accepting acceptedColumns: Set<AcceptedColumn> = [], trust: FileTrust) {
        (self.path, self.acceptedColumns, self.trust) = (path, acceptedColumns, trust)
    }

    fileprivate func lastCompletion(before start: UTCTime) -> UTCTime? {
        // A database that cannot be read is why the run failed, and reported as such.
        let opened = try? ControlPlaneDatabase(
            opening: path, busyTimeout: 0, accepting: acceptedColumns, trust: trust)
        guard let database = opened else { return nil }
        return try? database.readOnly(while: "read the journal of the database") { db in
            try Journal.lastCompletion(before: start, in: db)
        }
    }
}

/// Monitoring was not told how the run ended. The run itself is not affected.
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
