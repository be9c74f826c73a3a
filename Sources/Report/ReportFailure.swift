import ControlPlane
import Feed
import Glibc
import Support

/// The report cannot be written, or an old one cannot be dropped.
package struct ReportFailure: ExplainedError, Hashable {
    package var operation: String
    /// The report directory.
    package var subject: String
    package var cause: String
    package var hint: String

    /// 73, or 77 for a directory that others may write.
    package var exitStatus = ExitStatus.reportNotWritten

    /// Does work in a report directory, and turns file errors into this error.
    package static func wrapping<Value>(
        _ directory: String, operation: String = "write the report to", _ work: () throws(FileFailure) -> Value
    ) throws(ReportFailure) -> Value {
        do throws(FileFailure) {
            return try work()
        } catch {
            let step = error.path == directory ? "" : "\(error.operation.rawValue) \(error.path): "
            throw ReportFailure(
                operation: operation, subject: directory, cause: step + error.reason, hint: hint(on: error),
                exitStatus: error.objection == nil ? .reportNotWritten : .notPermitted)
        }
    }

    private static func hint(on failure: FileFailure) -> String {
        if let hint = failure.hintOnTrust { return hint }
        return switch failure.code {
        case ENOSPC, EDQUOT:
            "free some disk space (--keep-reports DAYS drops old reports), or name another folder with --report-dir"
        case EFBIG:
            FileSizeLimit.hint
        case EROFS:
            ReadOnlyMount.hint + ", or name another folder with --report-dir"
        case EACCES, EPERM:
            "give the user that runs this write access, or name another folder with --report-dir"
        case ESTALE:
            "find out who moved the folder, then run the same feed again"
        case EEXIST, EISDIR:
            "move what is in the way to another place"
        case EWOULDBLOCK:
            "wait until the other run that is writing this report has ended"
        case ENOENT:
            "create the folder \(failure.path) first, or name another one with --report-dir"
        default:
            "give a folder that can be written to with --report-dir"
        }
    }
}
