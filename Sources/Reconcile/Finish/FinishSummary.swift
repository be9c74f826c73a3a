import Journal
import Report
import Support

/// The summary of a call as JSON, version 1, which the program of `--on-finish` reads from standard input.
///
/// Every member is always present and always in the same order. Each stands on a line of its own, and so does each
/// report, so that a shell script can do without a JSON parser. It names no account, except where an error does.
package struct FinishSummary: Sendable {
    var call: FinishedCall
    /// The command of the call: `run`.
    var command: String
    var host: String
    var programVersion: String
    var exitStatus: ExitStatus
    var startedAt: UTCTime
    var finishedAt: UTCTime

    package init(
        _ call: FinishedCall, command: String, host: String, programVersion: String, exitStatus: ExitStatus,
        startedAt: UTCTime, finishedAt: UTCTime
    ) {
        (self.call, self.command, self.host, self.programVersion) = (call, command, host, programVersion)
        (self.exitStatus, self.startedAt, self.finishedAt) = (exitStatus, startedAt, finishedAt)
    }

    func bytes() -> [UInt8] {
        var json = JSONText()
        json.object(.lines) { json in
            json.member("summary_version", 1)
            json.member("command", command)
            json.member("host", host)
            json.member("program_version", programVersion)
            json.member("exit_status", Int(exitStatus.rawValue))
            json.member("started_at", startedAt.rfc3339)
            json.member("finished_at", finishedAt.rfc3339)
            json.key("error")
            json.value(call.error)
            json.member("needs_attention", call.needingAttention)
            json.member("tunnels_up", call.tunnels?.up)
            json.member("tunnels_unseen", call.tunnels?.unseen)
            json.key("reports")
            json.array(.lines) { json in
                for run in call.runs { json.value(run) }
            }
        }
        json.endLine()
        return json.bytes
    }
}

extension JSONText {
    fileprivate mutating func value(_ error: (any ExplainedError)?) {
        guard let error else { return null() }
        object {
            $0.member("text", error.description)
            $0.member("try", error.hint)
        }
    }

    fileprivate mutating func value(_ run: FinishedCall.Run) {
        object { json in
            json.member("path", run.reportPath)
            json.member("run", run.id)
            json.member("feed", run.feed)
            json.member("stopped_by", run.stop)
            json.member("needs_attention", run.needingAttention)
            json.member("counts") { json in
                for (outcome, count) in run.counts {
                    json.key(plain: outcome.rawValue)
                    json.value(count)
                }
            }
        }
    }
}
