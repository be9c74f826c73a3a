import ControlPlane
import Glibc
import Support

/// Live interfaces cannot be reached. Nothing was removed.
package struct LiveAccessFailure: ExplainedError, Hashable {
    package enum Reason: Hashable, Sendable {
        case programMissing(String)
        case namespaceMissing(String)
        /// The file at this path is not a network namespace.
        case notANetworkNamespace(String)
        /// The system denied access; with the message of the program that tried.
        case refused(String)
        /// The program that lists the interfaces did not finish; with the failed call.
        case noAnswer(String)
        /// Interfaces of the database that are up and cannot be read.
        case unreadable([String])
    }

    package var reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    init(_ failure: LookFailure) {
        if case .program(let failure) = failure, case .timedOut = failure.reason {
            reason = .noAnswer(failure.description)
        } else {
            reason = .refused(failure.description)
        }
    }

    package var operation: String {
        switch reason {
        case .programMissing: "find"
        case .namespaceMissing, .notANetworkNamespace: "enter the network namespace"
        case .refused, .noAnswer: "look at"
        case .unreadable: "read"
        }
    }

    package var subject: String {
        switch reason {
        case .programMissing(let name): name
        case .namespaceMissing(let path), .notANetworkNamespace(let path): path.escapedForMessage(limit: 200)
        case .refused, .noAnswer: "live interfaces"
        case .unreadable(let names):
            (names.count == 1 ? "the live interface " : "the live interfaces ") + names.firstFew()
        }
    }

    package var cause: String {
        switch reason {
        case .programMissing: "wg is installed, but this is not in PATH"
        case .namespaceMissing: "there is no such namespace"
        case .notANetworkNamespace: "this is not a network namespace"
        case .refused(let words), .noAnswer(let words): words
        case .unreadable: "wg is not permitted to, so it would be unknown which tunnels are up"
        }
    }

    package var hint: String {
        switch reason {
        case .programMissing(let name):
            "install \(Self.packages[name] ?? name), or give --no-apply; nothing was removed"
        case .namespaceMissing, .notANetworkNamespace:
            "see `ip netns list`, or give that of a process as /proc/PID/ns/net; nothing was removed"
        case .refused, .unreadable: "run it as root, or give --no-apply; nothing was removed"
        case .noAnswer: "find out why `ip link` does not answer, or give --no-apply; nothing was removed"
        }
    }

    package var exitStatus: ExitStatus {
        switch reason {
        case .unreadable: .notPermitted
        case .refused: geteuid() == 0 ? .configurationWrong : .notPermitted
        case .noAnswer: .inputOutput
        case .programMissing, .namespaceMissing, .notANetworkNamespace: .configurationWrong
        }
    }

    /// The Debian packages that contain the programs.
    package static let packages = [
        "wg-quick": "wireguard-tools", "ip": "iproute2", "nsenter": "util-linux", "iptables": "iptables",
        "iptables-restore": "iptables", "getent": "libc-bin", "bash": "bash",
    ]
}
