import Glibc
import Support

/// The programs by which live interfaces are looked at and changed, found once, before anything is removed.
package struct LivePrograms: Sendable {
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
        guard let wg = Self.find("wg", in: folders) else { return nil }
        let (wgQuick, ip) = (try Self.require("wg-quick", in: folders), try Self.require("ip", in: folders))
        var prefix: [String] = []
        if let path = access.namespacePath {
            let namespace = try NetworkNamespace(existing: path)
            // `ip netns exec` knows names alone, and would hide the sockets of userspace WireGuard behind mounts.
            prefix = [try Self.require("nsenter", in: folders), "--net=" + namespace.path, "--"]
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

    /// What the firewall script calls; without it, its rules would be refused one by one.
    package static let ofFirewall = ["bash", "getent", "iptables", "iptables-restore"]

    /// - Throws: ``LiveAccessFailure`` where one of ``ofFirewall`` is missing.
    func requireThoseOfFirewall() throws(LiveAccessFailure) {
        for name in Self.ofFirewall where !canFind(name) { throw LiveAccessFailure(.programMissing(name)) }
    }

    /// Whether the programs and scripts that are run here find a program by its name.
    package func canFind(_ name: String) -> Bool { program(named: name) != nil }

    /// A program that is looked for where those are which are run here; nil where there is none.
    func program(named name: String) -> Program? {
        let folders = (access.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return Self.find(name, in: folders).map { path in
            var program = program(at: path)
            program.name = name
            return program
        }
    }

    /// A program that is given by its path, run where the interfaces are.
    func program(at path: String) -> Program {
        Program(name: path, path: path, prefix: prefix, environment: access.environment, timeLimit: access.timeLimit)
    }

    private static func require(_ name: String, in folders: [String]) throws(LiveAccessFailure) -> String {
        guard let path = find(name, in: folders) else { throw LiveAccessFailure(.programMissing(name)) }
        return path
    }

    private static func find(_ name: String, in folders: [String]) -> String? {
        folders.lazy.map { $0 + "/" + name }.first { path in
            var facts = stat()
            return stat(path, &facts) == 0 && facts.isFile && Glibc.access(path, X_OK) == 0
        }
    }
}
