import Foundation
import Glibc
import SamplePlane
import Support
import TestSupport
import Testing

/// Two network namespaces with a cable between them: a server whose interfaces are those of a control plane, and a
/// client. WireGuard runs in userspace, so that no kernel module is needed. Gone when the test has ended.
final class LiveNetwork {
    /// One customer's end of a tunnel, and the server's.
    struct Customer {
        var email: String
        var number: Int
        var instance: String
        var serverAddress: String
        var peerKey: String
        var interface: String { "wg\(number)" }
    }

    let bench: Bench
    let server: String
    let client: String
    private let turn: Turn
    private let tag = String(UInt32.random(in: 0x10_0000...0xff_ffff), radix: 16)
    /// Userspace WireGuard has its sockets in one folder for the whole machine, so the numbers have to be rare.
    private var nextNumber = Int.random(in: 10_000...90_000)
    private var interfaces: [(namespace: String, name: String)] = []

    /// Why live tests cannot run here; nil where they can. With WG_RECONCILE_REQUIRE_NETNS=1 they run in any case.
    static let obstacle: String? = {
        if ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_NETNS"] == "1" { return nil }
        if geteuid() != 0 { return "network namespaces need root" }
        if access("/dev/net/tun", R_OK | W_OK) != 0 { return "there is no /dev/net/tun" }
        for name in ["wg", "wg-quick", "wireguard-go", "ip", "nsenter", "ping"]
        where (try? Tool("which", name).status) != 0 {
            return "\(name) is not installed"
        }
        let probe = "wgr-probe-\(getpid())"
        guard (try? Tool("ip", "netns", "add", probe).status) == 0 else { return "no network namespace can be made" }
        _ = try? Tool("ip", "netns", "delete", probe)
        return nil
    }()

    init(_ bench: Bench) throws {
        self.bench = bench
        turn = try Turn()
        (server, client) = ("wgr-s-\(tag)", "wgr-c-\(tag)")
        try setHosts(Self.containers)
        do {
            for namespace in [server, client] {
                try Tool.need("ip", "netns", "add", namespace)
                try Tool.need("ip", "-n", namespace, "link", "set", "lo", "up")
            }
            try Tool.need(
                "ip", "-n", server, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", client)
            for (namespace, address) in [(server, "192.0.2.1/24"), (client, "192.0.2.2/24")] {
                try Tool.need("ip", "-n", namespace, "address", "add", address, "dev", "cable")
                try Tool.need("ip", "-n", namespace, "link", "set", "cable", "up")
            }
        } catch {
            tearDown()
            throw error
        }
    }

    deinit { tearDown() }

    private func tearDown() {
        // A namespace lives for as long as a process in it, and wireguard-go for as long as its interface.
        for (namespace, name) in interfaces { _ = try? Tool("ip", "-n", namespace, "link", "delete", "dev", name) }
        for namespace in [server, client] { _ = try? Tool("ip", "netns", "delete", namespace) }
        // Its socket outlives the interface by a moment, in which the next network would find one that cannot be read.
        for (_, name) in interfaces {
            for _ in 1...100 where access("/var/run/wireguard/\(name).sock", F_OK) == 0 { usleep(20_000) }
        }
    }

    // MARK: Customers

    /// Puts a customer with one peer into the database. Taking its interface down leaves `<email>.down` in the folder.
    ///
    /// - Parameters:
    ///   - given: the number of an instance that is gone; a new one by default.
    ///   - isUnderScript: whether the application's firewall script restricts the instance.
    func addCustomer(
        _ email: String, number given: Int? = nil, isUnderScript: Bool = false
    ) throws -> (customer: Customer, clientConfig: String) {
        let number = given ?? nextNumber
        if given == nil { nextNumber += 1 }
        let third = interfaces.count + 10 + number % 100
        var random = SplitMix64(seed: UInt64(number) + (given == nil ? 0 : 1_000_000))
        let (serverKeys, peerKeys) = (SampleKeyPair(using: &random), SampleKeyPair(using: &random))
        let preshared = SampleKeyPair.presharedKey(using: &random)
        let instance = try bench.work { plane in
            let instance = try plane.instance(
                email,
                [
                    "instance_id": number, "private_key": serverKeys.privateKey, "public_key": serverKeys.publicKey,
                    "address": "10.77.\(third).1", "listen_port": number - 5_000,
                    "legacy_firewall": isUnderScript ? 0 : 1,
                    "post_down": "touch \(marker(email))",
                ])
            try plane.peer(
                of: instance, address: "10.77.\(third).2",
                ["public_key": peerKeys.publicKey, "pre_shared_key": preshared])
            try plane.user(email)
            return instance
        }
        let customer = Customer(
            email: email, number: number, instance: instance, serverAddress: "10.77.\(third).1",
            peerKey: peerKeys.publicKey)
        return (
            customer,
            """
            [Interface]
            PrivateKey = \(peerKeys.privateKey)
            Address = 10.77.\(third).2/32
            [Peer]
            PublicKey = \(serverKeys.publicKey)
            PresharedKey = \(preshared)
            Endpoint = 192.0.2.1:\(number - 5_000)
            AllowedIPs = 10.77.\(third).1/32
            """
        )
    }

    func marker(_ email: String) -> String { bench.folder + "/" + email.replacing("@", with: "-at-") + ".down" }

    func wasPostDownRun(for customer: Customer) -> Bool {
        FileManager.default.fileExists(atPath: marker(customer.email))
    }

    /// Brings up what the program itself renders, and the client's ends; returns once every customer's ping goes through.
    func bringUp(_ customers: [(customer: Customer, clientConfig: String)]) throws {
        let regenerated = try program(regenerateArguments(["--no-apply"]))
        #expect(regenerated.status == 0, "\(regenerated.output)")
        for (customer, clientConfig) in customers {
            try up(bench.wireguard + "/\(customer.interface).conf", customer.interface, in: server)
            // The name has to differ from the server's, since both share the folder of sockets.
            let name = "c\(customer.interface)"
            let path = bench.folder + "/\(name).conf"
            try clientConfig.write(toFile: path, atomically: false, encoding: .utf8)
            chmod(path, 0o600)
            try up(path, name, in: client)
            try #require(try reaches(customer, patience: 15), "no ping to \(customer.email) goes through")
        }
    }

    /// Deletes the interface at the end, also where the program brings it up.
    func takeDownAtTheEnd(_ customer: Customer) { interfaces.append((server, customer.interface)) }

    private func up(_ path: String, _ name: String, in namespace: String) throws {
        interfaces.append((namespace, name))
        try Tool.need(
            "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go", "LOG_LEVEL=silent", "nsenter",
            "--net=/run/netns/" + namespace, "wg-quick", "up", path)
    }

    /// Takes an interface down and up again, as an administrator would.
    func restart(_ customer: Customer) throws {
        let path = bench.wireguard + "/\(customer.interface).conf"
        try Tool.need("nsenter", "--net=/run/netns/" + server, "wg-quick", "down", path)
        for _ in 1...100 where access("/var/run/wireguard/\(customer.interface).sock", F_OK) == 0 { usleep(20_000) }
        try up(path, customer.interface, in: server)
    }

    /// Keeps the process of an interface from answering for the length of `body`.
    func stopping(_ interface: String, during body: () throws -> Void) throws {
        // Only in this network: on the machine there may be others of that name.
        let found = try Tool.need("ip", "netns", "pids", server).split(separator: "\n").compactMap { pid_t($0) }
            .filter { process in
                // A process that has just ended has no words.
                let words = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
                return words.hasSuffix("wireguard-go\0\(interface)\0")
            }
        try #require(found.count == 1, "\(found)")
        let process = found[0]
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        try body()
    }

    /// An interface of somebody else whose process hangs and has as many clients waiting as it may have, so that
    /// connecting to it blocks.
    ///
    /// - Returns: what `body` does, after which it is gone.
    func withBlockedInterface(_ body: (String) throws -> Void) throws {
        let name = "b\(tag)"
        let path = "/var/run/wireguard/\(name).sock"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        func socket() -> Int32 { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0) }
        func call(_ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32, on socket: Int32) -> Int32 {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    call(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        var open = [socket()]
        defer {
            for descriptor in open { close(descriptor) }
            unlink(path)
        }
        try #require(call(bind, on: open[0]) == 0 && listen(open[0], 1) == 0)
        repeat { open.append(socket()) } while open.count < 10 && call(connect, on: open[open.count - 1]) == 0
        try #require(errno == EAGAIN)
        try body(name)
    }

    /// Hides the sockets of userspace WireGuard, which are otherwise seen from every network namespace.
    static let hidingSockets = [
        "bash", "-c", #"mount -t tmpfs none /var/run/wireguard && exec "$0" "$@""#,
    ]

    /// An interface on the server with a key of its own that no instance of the database has.
    ///
    /// - Parameter name: one that nothing else bears, by default.
    @discardableResult
    func addForeignInterface(_ name: String? = nil, peers: [String]) throws -> String {
        let name = name ?? "f\(tag)"
        interfaces.append((server, name))
        try Tool.need("LOG_LEVEL=silent", "nsenter", "--net=/run/netns/" + server, "wireguard-go", name)
        let keyPath = bench.folder + "/\(name).key"
        try SampleKeyPair.numbered(99).privateKey.write(toFile: keyPath, atomically: false, encoding: .utf8)
        try Tool.need("wg", "set", name, "private-key", keyPath)
        for peer in peers { try Tool.need("wg", "set", name, "peer", peer) }
        return name
    }

    // MARK: Looking

    func isUp(_ customer: Customer) throws -> Bool {
        try Tool("ip", "-n", server, "link", "show", "dev", customer.interface).status == 0
    }

    func peers(of customer: Customer) throws -> Set<String> {
        Set(try Tool.need("wg", "show", customer.interface, "peers").split(separator: "\n").map(String.init))
    }

    /// What `wg` knows of the interface's peers under this heading, `allowed-ips` say.
    func shown(_ heading: String, of customer: Customer) throws -> String {
        try Tool.need("wg", "show", customer.interface, heading)
    }

    func reaches(_ customer: Customer, patience: Int = 1) throws -> Bool {
        let ping = ["ping", "-c", "1", "-W", "1", customer.serverAddress]
        for _ in 0..<patience where try Tool(["nsenter", "--net=/run/netns/" + client] + ping).status == 0 {
            return true
        }
        return false
    }

    /// Pings every 50 ms, from before `body` runs until after it, however long that takes.
    ///
    /// - Returns: the numbers of the packets that did not come back.
    func pinging(_ customer: Customer, during body: () throws -> Void) throws -> Set<Int> {
        let (process, path) = try Tool.start([
            "nsenter", "--net=/run/netns/" + client, "stdbuf", "-oL", "ping", "-i", "0.05", customer.serverAddress,
        ])
        func answered() throws -> Set<Int> {
            let output = try String(contentsOfFile: path, encoding: .utf8)
            return Set(output.matches(of: #/bytes from .* icmp_seq=(\d+) /#).compactMap { Int($0.1) })
        }
        func waitForMore() throws {
            let last = try answered().max() ?? 0
            for _ in 0..<600 where try (answered().max() ?? 0) < last + 5 { usleep(50_000) }
        }
        let result = Result {
            try waitForMore()
            try body()
            // Packets that were sent when it was done: those before them are not on their way any more.
            try waitForMore()
        }
        kill(process, SIGINT)
        Tool.wait(process)
        let received = try answered()
        _ = try Tool.take(path)
        try result.get()
        return Set(1...(try #require(received.max()))).subtracting(received)
    }

    // MARK: The program

    private var places: [String] { ["--database", bench.database, "--wireguard-dir", bench.wireguard] }

    static var programPath: String {
        // The test bundle and the program are products of one build.
        FileSystem.parent(of: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
            + "/wg-reconcile"
    }

    /// The application's containers, as the hosts file of the program has them.
    static let containers = ["172.20.0.2 wireguard-webadmin", "172.20.0.3 wireguard-webadmin-dns"]
    private var hosts: String { bench.folder + "/hosts" }

    func setHosts(_ lines: [String]) throws {
        let text = (["127.0.0.1 localhost"] + lines).map { $0 + "\n" }.joined()
        try text.write(toFile: hosts, atomically: false, encoding: .utf8)
    }

    /// Runs the program with a hosts file of its own.
    ///
    /// - Parameter limit: a command in front of the program that takes rights away from it.
    func command(_ arguments: [String], limitedBy limit: [String] = []) -> [String] {
        ["unshare", "--mount", "bash", "-c", #"mount --bind "$0" /etc/hosts && exec "$@""#, hosts] + limit
            + [Self.programPath] + arguments + ["--log-level", "warning"]
    }

    @discardableResult
    func program(
        _ arguments: [String], environment: [String: String]? = nil, limitedBy limit: [String] = []
    ) throws -> Tool {
        try Tool(command(arguments, limitedBy: limit), environment: environment)
    }

    func regenerateArguments(_ further: [String]) -> [String] { ["regenerate"] + places + further }

    /// What `check` finds, as JSON.
    func check(standIns: [String: String] = [:], limitedBy limit: [String] = []) throws -> Tool {
        try tool(
            ["check"] + places + ["--report-dir", bench.reports, "--netns", server, "--json"], standIns,
            limitedBy: limit)
    }

    func runArguments(_ emails: [String]) throws -> [String] {
        try bench.write(feed: emails)
        return ["run", bench.feed, "--report-dir", bench.reports, "--max-removals", "100", "--max-share", "100"]
            + places
    }

    /// Runs the job where the interfaces are.
    ///
    /// - Parameter standIns: shell scripts by the names of the programs that they take the place of; `$real` is the
    ///   program's own path.
    /// - Parameter limit: as of ``command(_:limitedBy:)``.
    func run(
        _ emails: [String], _ options: [String] = [], standIns: [String: String] = [:], limitedBy limit: [String] = []
    ) throws -> LiveReport {
        try LiveReport(bench, tool(runArguments(emails) + ["--netns", server] + options, standIns, limitedBy: limit))
    }

    /// As ``run(_:standIns:limitedBy:)``, also where it ends without a report.
    func tool(_ emails: [String], standIns: [String: String]) throws -> Tool {
        try tool(runArguments(emails) + ["--netns", server], standIns)
    }

    /// Runs a feed for each of these emails, all of one inbox.
    func runInbox(_ emails: [String], standIns: [String: String]) throws -> LiveReport {
        let inbox = bench.folder + "/inbox"
        try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
        for (index, email) in emails.enumerated() {
            try bench.write("email,status\n\(email),cancelled\n", to: inbox + "/\(index).csv")
        }
        let arguments =
            try ["run", "--inbox", inbox, "--netns", server] + runArguments([]).dropFirst(2)
        return try LiveReport(bench, tool(arguments, standIns))
    }

    /// Runs the program with these stand-ins, and with WireGuard in userspace.
    func tool(
        _ arguments: [String], _ standIns: [String: String] = [:], limitedBy limit: [String] = []
    ) throws -> Tool {
        var environment = ProcessInfo.processInfo.environment
        let folder = bench.folder + "/stand-ins"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, script) in standIns {
            let real = try Tool.need("which", name).trimmingCharacters(in: .whitespacesAndNewlines)
            let path = folder + "/" + name
            try "#!/bin/bash\nreal=\(real)\n\(script)\n".write(toFile: path, atomically: false, encoding: .utf8)
            chmod(path, 0o755)
        }
        environment["WG_QUICK_USERSPACE_IMPLEMENTATION"] = "wireguard-go"
        environment["LOG_LEVEL"] = "silent"
        environment["PATH"] = folder + ":" + (environment["PATH"] ?? "")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try program(arguments, environment: environment, limitedBy: limit)
    }
}

/// What a run of the program left, as billing and the operator read it.
struct LiveReport {
    var status: Int32
    var output: String
    var accounts: [[String: Any]]
    var configs: [String: Any]

    init(_ bench: Bench, _ tool: Tool) throws {
        (status, output) = (tool.status, tool.output)
        let data = try Data(contentsOf: URL(fileURLWithPath: bench.reports + "/latest/report.json"))
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        accounts = try #require(document["accounts"] as? [[String: Any]])
        configs = try #require((document["run"] as? [String: Any])?["configs"] as? [String: Any])
    }

    func names(_ member: String) -> [String] { configs[member] as? [String] ?? ["?"] }
    var errors: [String] { names("errors") }
    /// true, false or null, as text.
    func tunnelDown(_ entry: Int = 1) -> String {
        switch accounts[entry - 1]["tunnel_down"] {
        case let flag as Bool: "\(flag)"
        case is NSNull: "null"
        default: "missing"
        }
    }
    func outcome(_ entry: Int = 1) -> String { accounts[entry - 1]["outcome"] as? String ?? "" }
}
