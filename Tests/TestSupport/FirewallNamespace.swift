import Foundation

/// A network namespace of its own, with an empty packet filter, for the length of one command. The machine's own filter
/// is never touched: the namespace goes away with its last process, however that ends.
package enum FirewallNamespace {
    package struct Outcome {
        package var status: Int32
        package var output: String
        package var errors: String
    }

    /// Why there can be none here; nil where there can.
    package static let obstacle: String? = {
        for program in ["unshare", "iptables", "iptables-save", "ip"] where path(of: program) == nil {
            return "\(program) is not installed"
        }
        guard let outcome = try? enter("mount --bind /etc/hosts /etc/hosts && iptables -S && iptables -t nat -S") else {
            return "unshare cannot be started"
        }
        return outcome.status == 0 ? nil : "no packet filter in a namespace: " + outcome.errors
    }()

    /// With this set, a test that needs a namespace fails where there is none; else it is skipped.
    package static let isRequired = ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_NETNS"] == "1"

    package static var isExpected: Bool { isRequired || obstacle == nil }

    /// Runs a script of bash as root of a new network and mount namespace.
    package static func enter(_ commands: String, files: [String] = []) throws -> Outcome {
        try run("unshare", ["-mn", "bash", "-c", commands, "bash"] + files)
    }

    /// What `iptables-save` shows, without comments and counters, after running a script `times` times in a network
    /// where the application's two hosts have these addresses.
    package static func filter(
        after script: String, times: Int = 1, arguments: String = "", preparation: String = "",
        hosts: String = "172.20.0.2 wireguard-webadmin\n172.20.0.3 wireguard-webadmin-dns\n"
    ) throws -> Outcome {
        let folder = NSTemporaryDirectory() + "wg-reconcile-netns-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try script.write(toFile: folder + "/script", atomically: false, encoding: .utf8)
        try ("127.0.0.1 localhost\n" + hosts).write(toFile: folder + "/hosts", atomically: false, encoding: .utf8)
        return try enter(
            """
            mount --bind "$2" /etc/hosts && ip link set lo up || exit 90
            \(preparation)
            for _ in $(seq \(times)); do bash "$1" \(arguments); status=$?; done
            iptables-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'
            exit "$status"
            """, files: [folder + "/script", folder + "/hosts"])
    }

    package static func run(_ program: String, _ arguments: [String], folder: String? = nil) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path(of: program) ?? "/usr/bin/env")
        process.arguments = (path(of: program) == nil ? [program] : []) + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        let place = NSTemporaryDirectory() + "wg-reconcile-output-" + UUID().uuidString
        // Files rather than pipes: neither can fill up while the other is being read.
        for name in [place, place + "-errors"] { try Data().write(to: URL(fileURLWithPath: name)) }
        defer { for name in [place, place + "-errors"] { try? FileManager.default.removeItem(atPath: name) } }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: place)
        process.standardError = FileHandle(forWritingAtPath: place + "-errors")
        try process.run()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: try String(contentsOfFile: place, encoding: .utf8),
            errors: try String(contentsOfFile: place + "-errors", encoding: .utf8))
    }

    private static func path(of program: String) -> String? {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + program }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
