import Glibc

/// A file operation that failed: what was tried, on which path, and the system's reason.
///
/// Thrown by ``OpenFile``, ``OpenFolder`` and ``DurableFile``. A stage wraps it in its own ``ExplainedError``, because
/// only the stage knows what an operator can do about it.
package struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The raw value completes the sentence "cannot … PATH".
    package enum Operation: String, Sendable {
        case create, open, read, write, sync, close, rename, link, remove, list, examine, lock
        case trust, replace
        case reserve = "reserve space for"
        case setMode = "set the mode of"
        case setOwner = "set the owner of"
    }

    package var operation: Operation
    package var path: String
    /// The system's `errno`, or ``notAFile``.
    package var code: Int32
    /// Why a folder was refused although the system would allow its use; nil for a failure of the system.
    package private(set) var objection: FolderObjection?

    /// The code for something that was opened and is a FIFO, a socket or a device.
    package static let notAFile: Int32 = -1

    /// - Parameter code: By default, the `errno` of the call that has just failed.
    package init(_ operation: Operation, _ path: String, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// A folder that somebody else could change.
    package init(untrusted path: String, _ objection: FolderObjection) {
        self.init(.trust, path, code: EACCES)
        self.objection = objection
    }

    /// The reason in words, usually the system's text for ``code``: `No space left on device`.
    package var reason: String {
        if let objection { return objection.cause }
        return switch code {
        case Self.notAFile: "not a regular file"
        case EBUSY where operation == .rename: "it is a mount point of its own; mount the folder that holds it instead"
        case ESTALE: "it was moved, replaced or deleted during the run"
        default: String(cString: strerror(code))
        }
    }

    /// What to do about a folder that was refused.
    package var hintOnTrust: String? { objection?.hint(for: path) }

    /// Whether the disk is full or a quota is used up.
    package var isOutOfRoom: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether a write exceeded the file size limit of the process or of the file system.
    package var isBeyondSizeLimit: Bool { code == EFBIG }

    /// What to do if the file system is mounted read-only; nil otherwise.
    package var hintOnReadOnlyMount: String? { code == EROFS ? ReadOnlyMount.hint : nil }

    /// Whether permissions or a read-only file system prevented the operation.
    package var isNotPermitted: Bool { code == EACCES || code == EPERM || code == EROFS }

    package var description: String { "cannot \(operation.rawValue) \(path): \(reason)" }
}
