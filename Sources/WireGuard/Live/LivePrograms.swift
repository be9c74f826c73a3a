import Glibc
import Support

/// The programs that inspect and change live interfaces. They are found once, before anything is removed.
package struct LivePrograms: Sendable {
    var wg: Program
    var wgQuick: Program
    var ip: Program
    /// The other programs.
    package let others: HostPrograms

    /// - Returns: nil where `wg` is not installed: there are no interfaces to bring in line then.
    /// - Throws: ``LiveAccessFailure`` where another program or the network namespace is missing.
    init?(_ access: LiveAccess) throws(LiveAccessFailure) {
        let folders = HostPrograms.folders(of: access)
        guard let wg = HostPrograms.find("wg", in: folders) else { return nil }
        let wgQuick = try HostPrograms.require("wg-quick", in: folders)
        let ip = try HostPrograms.require("ip", in: folders)
        others = try HostPrograms(access)
        self.wg = others.program("wg", at: wg)
        self.wgQuick = others.program("wg-quick", at: wgQuick)
        self.ip = others.program("ip", at: ip)
    }
}

/// The programs where the interfaces are, whether or not the host has those for WireGuard.
package struct HostPrograms: Sendable {
    /// The command that runs a program in the namespace of the interfaces.
    private let prefix: [String]
    private let access: LiveAccess

    /// Folders added to PATH. systemd's PATH contains them, cron's does not, and PostDown commands call `iptables` by
    /// name.
    private static let systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

    /// - Throws: ``LiveAccessFailure`` where the network namespace, or the program that enters it, is missing.
    package init(_ access: LiveAccess) throws(LiveAccessFailure) {
        let folders = Self.folders(of: access)
        var prefix: [String] = []
        if let path = access.namespacePath {
            let namespace = try NetworkNamespace(existing: path)
            // `ip netns exec` accepts only names, and its mounts would hide the sockets of userspace WireGuard.
            prefix = [try Self.require("nsenter", in: folders), "--net=" + namespace.path, "--"]
        }
        var access = access
        access.environment["PATH"] =
            (folders + Self.systemFolders.filter { !folders.contains($0) }).joined(separator: ":")
        self.prefix = prefix
        self.access = access
    }

    /// The network namespace in which they run.
    package var place: NetworkNamespace.Identity {
        get throws(FileFailure) { try NetworkNamespace.Identity(of: access.namespacePath) }
    }

    /// The programs that the firewall script calls. Without them, its rules would fail one by one.
    package static let ofFirewall = ["bash", "getent", "iptables", "iptables-restore"]

    /// - Throws: ``LiveAccessFailure`` where one of ``ofFirewall`` is missing.
    func requireThoseOfFirewall() throws(LiveAccessFailure) {
        for name in Self.ofFirewall where !canFind(name) { throw LiveAccessFailure(.programMissing(name)) }
    }

    /// Whether programs and scripts that run here find a program by this name.
    package func canFind(_ name: String) -> Bool { program(named: name) != nil }

    /// Finds a program by name, in the PATH of the programs that run here; nil where there is none.
    func program(named name: String) -> Program? {
        let folders = (access.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return Self.find(name, in: folders).map { program(name, at: $0) }
    }

    /// A program at a path, to run in the namespace of the interfaces.
    func program(at path: String) -> Program { program(path, at: path) }

    fileprivate func program(_ name: String, at path: String) -> Program {
        Program(name: name, path: path, prefix: prefix, environment: access.environment, timeLimit: access.timeLimit)
    }

    fileprivate static func folders(of access: LiveAccess) -> [String] {
        (access.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":").map(String.init)
    }

    fileprivate static func require(_ name: String, in folders: [String]) throws(LiveAccessFailure) -> String {
        guard let path = find(name, in: folders) else { throw LiveAccessFailure(.programMissing(name)) }
        return path
    }

    fileprivate static func find(_ name: String, in folders: [String]) -> String? {
        folders.lazy.map { $0 + "/" + name }.first { path in
            var facts = stat()
            return stat(path, &facts) == 0 && facts.isFile && Glibc.access(path, X_OK) == 0
        }
    }
}
