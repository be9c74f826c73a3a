import Glibc

/// A file operation that the system said no to: what was tried, on which path, and the system's reason.
///
/// Thrown by ``OpenFile``, ``OpenFolder`` and ``DurableFile``. A stage wraps it in its own ``ExplainedError``, because only the stage
/// knows what an operator can do about it.
package struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The raw value completes the sentence "cannot … PATH".
    package enum Operation: String, Sendable {
        case create, open, read, write, sync, close, rename, link, remove, list, examine, lock
        case trust, replace
        case reserve = "reserve room for"
        case setMode = "set the mode of"
        case setOwner = "set the owner of"
    }

    package var operation: Operation
    package var path: String
    /// The system's `errno`, or ``notAFile``.
    package var code: Int32
    /// Why a folder was refused that the system would have let us use; nil for what the system said no to.
    package private(set) var objection: FolderObjection?

    /// Of something that could be opened, and is a FIFO, a socket or a device.
    package static let notAFile: Int32 = -1

    /// - Parameter code: Left out, the `errno` of the call that failed just now.
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

    /// The system's words for ``code``: `No space left on device`.
    package var reason: String {
        if let objection { return objection.cause }
        return switch code {
        case Self.notAFile: "not a regular file"
        case ESTALE: "it was moved, replaced or deleted during the run"
        default: String(cString: strerror(code))
        }
    }

    /// What to do about a folder that was refused.
    package var hintOnTrust: String? { objection?.hint(for: path) }

    /// Whether there was no room: the disk is full, or a quota is used up.
    package var isOutOfRoom: Bool { code == ENOSPC || code == EDQUOT }

    /// Whether a write went beyond the process's limit on the size of files, or the file system's.
    package var isBeyondSizeLimit: Bool { code == EFBIG }

    /// What to do where the file system is mounted read-only; nil for everything else.
    package var hintOnReadOnlyMount: String? { code == EROFS ? ReadOnlyMount.hint : nil }

    /// Whether permissions or a read-only file system stood in the way.
    package var isNotPermitted: Bool { code == EACCES || code == EPERM || code == EROFS }

    package var description: String { "cannot \(operation.rawValue) \(path): \(reason)" }
}
