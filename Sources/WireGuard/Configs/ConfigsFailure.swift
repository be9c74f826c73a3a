import ControlPlane
import Feed
import Glibc
import Support

/// The folder of WireGuard configs cannot be brought up to date.
package struct ConfigsFailure: ExplainedError {
    package var failure: FileFailure

    init(_ failure: FileFailure) { self.failure = failure }

    package static func wrapping<Value>(_ work: () throws(FileFailure) -> Value) throws(ConfigsFailure) -> Value {
        do throws(FileFailure) {
            return try work()
        } catch {
            throw ConfigsFailure(error)
        }
    }

    package var operation: String { failure.operation.rawValue }
    package var subject: String { failure.path }
    package var cause: String { failure.reason }

    package var hint: String {
        if failure.isOutOfRoom { return "free some space, then run the feed again or `wg-reconcile regenerate`" }
        if failure.isBeyondSizeLimit {
            return FileSizeLimit.hint + ", then run the feed again or `wg-reconcile regenerate`"
        }
        if failure.code == ESTALE { return "find out who moved the folder, then run `wg-reconcile regenerate`" }
        if let hint = failure.hintOnReadOnlyMount { return hint }
        if failure.isNotPermitted { return "run it as the owner of the WireGuard configs" }
        if failure.code == ENOENT || failure.code == ENOTDIR {
            return "give the folder of the configs with --wireguard-dir"
        }
        return "look at the disk, then run the feed again or `wg-reconcile regenerate`"
    }

    package var exitStatus: ExitStatus { failure.isNotPermitted ? .notPermitted : .inputOutput }
}
