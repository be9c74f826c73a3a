import Glibc
import Support

/// A network namespace, by the path of its file.
package struct NetworkNamespace: Sendable {
    let path: String

    /// - Throws: ``LiveAccessFailure`` where the path has no namespace, or access is denied.
    init(existing path: String) throws(LiveAccessFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw LiveAccessFailure(
                [ENOENT, ENOTDIR].contains(errno)
                    ? .namespaceMissing(path) : .refused(FileFailure(.open, path).description))
        }
        defer { _ = close(descriptor) }
        guard ioctl(descriptor, Self.askForKind) == Self.network else {
            throw LiveAccessFailure(.notANetworkNamespace(path))
        }
        self.path = path
    }

    /// Identifies a namespace on this machine, whichever of its files is used.
    package struct Identity: Hashable, Sendable, CustomStringConvertible {
        private let device: dev_t
        private let inode: ino_t

        /// - Parameter path: nil for the namespace of this process.
        init(of path: String?) throws(FileFailure) {
            let path = path ?? "/proc/self/ns/net"
            var facts = stat()
            guard stat(path, &facts) == 0 else { throw FileFailure(.examine, path) }
            (device, inode) = (facts.st_dev, facts.st_ino)
        }

        /// As `readlink /proc/PID/ns/net` prints it.
        package var name: String { "net:[\(inode)]" }

        package var description: String { "network namespace \(device):\(inode)" }
    }

    /// NS_GET_NSTYPE of <linux/nsfs.h> and CLONE_NEWNET of <sched.h>. Both are macros that Swift does not import.
    private static let askForKind: UInt = 0xB703
    private static let network: Int32 = 0x4000_0000
}
