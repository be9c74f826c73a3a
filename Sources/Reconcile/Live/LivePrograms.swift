import Glibc

/// The programs by which live interfaces are looked at and changed, found once, before anything is removed.
struct LivePrograms: Sendable {
    var wg: Program
    var wgQuick: Program
    var ip: Program
    /// Makes a program of this machine run where the interfaces are.
    private let prefix: [String]
    private let access: LiveAccess

    /// Where interfaces are changed beside `wg`: systemd's PATH holds these folders, cron's does not, and PostDown
    /// commands call `iptables` by its name.
    private static let systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

    /// - Returns: nil where `wg` is not installed: there are no interfaces that could be brought in line then.
    /// - Throws: ``LiveAccessFailure`` where another program or the network namespace is missing.
    init?(_ access: LiveAccess) throws(LiveAccessFailure) {
        let folders = (access.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(
            String.init)
        func find(_ name: String) -> String? {
            folders.lazy.map { $0 + "/" + name }.first(where: Self.isProgram)
        }
        func require(_ name: String) throws(LiveAccessFailure) -> String {
            guard let path = find(name) else { throw LiveAccessFailure(.programMissing(name)) }
            return path
        }
        guard let wg = find("wg") else { return nil }
        let (wgQuick, ip) = (try require("wg-quick"), try require("ip"))
        var prefix: [String] = []
        if let namespace = access.namespacePath {
            guard Glibc.access(namespace, F_OK) == 0 else { throw LiveAccessFailure(.namespaceMissing(namespace)) }
            // `ip netns exec` knows names alone, and would hide the sockets of userspace WireGuard behind mounts.
            prefix = [try require("nsenter"), "--net=" + namespace, "--"]
        }
        var access = access
        access.environment["PATH"] =
            (folders + Self.systemFolders.filter { !folders.contains($0) }).joined(separator: ":")
        self.prefix = prefix
        self.access = access
        func program(_ name: String, _ path: String) -> Program {
            Program(
                name: name, path: path, prefix: prefix, environment: access.environment, timeLimit: access.timeLimit)
        }
        self.wg = program("wg", wg)
        self.wgQuick = program("wg-quick", wgQuick)
        self.ip = program("ip", ip)
    }

    /// Whether the programs and scripts that are run here find a program by its name.
    func canFind(_ name: String) -> Bool {
        (access.environment["PATH"] ?? "").split(separator: ":").contains { Self.isProgram($0 + "/" + name) }
    }

    /// A program that is given by its path, run where the interfaces are.
    func program(at path: String) -> Program {
        Program(name: path, path: path, prefix: prefix, environment: access.environment, timeLimit: access.timeLimit)
    }

    private static func isProgram(_ path: String) -> Bool {
        var facts = stat()
        return stat(path, &facts) == 0 && facts.isFile && Glibc.access(path, X_OK) == 0
    }
}

/// Live interfaces cannot be reached. Nothing was removed.
public struct LiveAccessFailure: ExplainedError, Hashable {
    public enum Reason: Hashable, Sendable {
        case programMissing(String)
        case namespaceMissing(String)
        /// The system did not let us look, in the words of the program that tried.
        case refused(String)
    }

    public var reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    public var operation: String {
        switch reason {
        case .programMissing: "find"
        case .namespaceMissing: "enter the network namespace"
        case .refused: "look at"
        }
    }

    public var subject: String {
        switch reason {
        case .programMissing(let name): name
        case .namespaceMissing(let path): path.escapedForMessage(limit: 200)
        case .refused: "live interfaces"
        }
    }

    public var cause: String {
        switch reason {
        case .programMissing: "wg is installed, and this is not in PATH"
        case .namespaceMissing: "there is no such namespace"
        case .refused(let words): words
        }
    }

    public var hint: String {
        switch reason {
        case .programMissing(let name):
            "install \(Self.packages[name] ?? name), or give --no-apply; nothing was removed"
        case .namespaceMissing:
            "see `ip netns list`, or give the path of a process's, /proc/PID/ns/net; nothing was removed"
        case .refused: "run it as root, or give --no-apply; nothing was removed"
        }
    }

    public var exitStatus: ExitStatus {
        if case .refused = reason, geteuid() != 0 { return .notPermitted }
        return .configurationWrong
    }

    /// The Debian packages that hold the programs.
    private static let packages = ["wg-quick": "wireguard-tools", "ip": "iproute2", "nsenter": "util-linux"]
}
