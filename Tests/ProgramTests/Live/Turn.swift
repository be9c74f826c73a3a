import Glibc

/// One network at a time on this machine: userspace WireGuard shows the interfaces of all network namespaces, so that those
/// which another test takes away would be found and could not be read.
final class Turn {
    struct NotTaken: Error { var code: Int32 }

    private let descriptor: Int32

    /// Waits for the others.
    init() throws {
        descriptor = open("/tmp/wg-reconcile-live-tests.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NotTaken(code: errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw NotTaken(code: errno) }
        }
    }

    deinit { close(descriptor) }
}
