import ControlPlane
import Glibc
import Report
import Support

/// The inbox cannot be used, or a feed could not be moved within it.
package struct InboxFailure: ExplainedError, Hashable {
    package var operation: String
    /// The inbox, or a feed in it.
    package var subject: String
    package var failure: FileFailure

    package var cause: String {
        switch failure.code {
        case EWOULDBLOCK: "another run is in progress"
        case EXDEV: "\(failure.path) is on another file system, so that a feed cannot be moved there atomically"
        default: failure.path == subject ? failure.reason : failure.description
        }
    }

    package var hint: String {
        if let hint = failure.hintOnTrust ?? failure.hintOnReadOnlyMount { return hint }
        return switch failure.code {
        case EWOULDBLOCK: "wait until it is done, then run again"
        case ENOENT, ENOTDIR: "give the folder into which billing drops feeds with --inbox"
        case EEXIST, EXDEV: "move what is in the way to another place"
        default: "run it as a user who may move files in the inbox"
        }
    }

    package var exitStatus: ExitStatus {
        if failure.code == EWOULDBLOCK { return .busy }
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EEXIST, EXDEV, ELOOP].contains(failure.code) ? .configurationWrong : .inputOutput
    }

    static func wrapping<Value>(
        _ directory: String, operation: String = "use the inbox", _ work: () throws(FileFailure) -> Value
    ) throws(InboxFailure) -> Value {
        do throws(FileFailure) {
            return try work()
        } catch {
            throw InboxFailure(operation: operation, subject: directory, failure: error)
        }
    }
}
