import Foundation
import Glibc
import TestSupport
import Testing

/// The program with no more of root than `wg-reconcile.service` leaves it, on files that belong to others.
@Suite("What the systemd unit leaves of root", .serialized)
struct UnitCapabilitiesTests {
    /// The application's user and billing's; they need no names.
    private static let (application, billing) = (uid_t(4_001), uid_t(4_002))

    static let obstacle: String? = {
        if ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_NETNS"] == "1" { return nil }
        if geteuid() != 0 { return "giving files away needs root" }
        // What cannot be started is not installed.
        return (try? Tool("which", "setpriv").status) == 0 ? nil : "setpriv is not installed"
    }()

    /// The capabilities that a unit file, or a drop-in, names: `NET_ADMIN`, ….
    private static func capabilities(in name: String) throws -> [String] {
        let path = URL(filePath: #filePath).appending(path: "../../../../jobs/" + name).standardizedFileURL
        let text = try String(contentsOf: path, encoding: .utf8)
        let line = try #require(text.firstMatch(of: #/\nCapabilityBoundingSet=(.*)\n/#)).1
        return line.split(separator: " ").map { String($0.dropFirst("CAP_".count)) }
    }

    private func limit(to capabilities: [String]) -> [String] {
        let set = (["-all"] + capabilities.map { "+" + $0.lowercased() }).joined(separator: ",")
        return [
            "setpriv", "--bounding-set", set, "--inh-caps", "-all", "--ambient-caps", "-all", "--no-new-privs", "--",
        ]
    }

    /// Nobody but their owners may so much as look at them.
    private func giveAway(_ bench: Bench) throws {
        try Tool.need("chown", "-R", "\(Self.application)", bench.folder)
        try Tool.need("chmod", "-R", "go=", bench.folder)
        try Tool.need("chown", "\(Self.billing)", bench.feed)
    }

    private var owners: [String] {
        ["--database-owner", "\(Self.application)", "--feed-owner", "\(Self.billing)"]
    }

    private func run(_ bench: Bench, _ capabilities: [String], _ options: [String]) throws -> Tool {
        try Tool(
            limit(to: capabilities)
                + [
                    LiveNetwork.programPath, "run", bench.feed, "--database", bench.database, "--wireguard-dir",
                    bench.wireguard, "--report-dir", bench.reports,
                ] + owners + options)
    }

    @Test(
        .enabled(if: obstacle == nil, "\(obstacle ?? "")"),
        arguments: [nil, "DAC_OVERRIDE", "CHOWN", "FOWNER"])
    func `files of others: each of its capabilities is needed, and together they suffice`(missing: String?) throws {
        try withBench { bench throws in
            try bench.work { plane in
                let instance = try plane.instance("gone@x.com")
                try plane.peer(of: instance, address: "10.0.0.2")
                _ = try plane.instance("stays@x.com")
                try plane.user("gone@x.com")
            }
            try bench.write(feed: ["gone@x.com"])
            try bench.put("# not as the database has it\n", at: "wg2.conf")
            try giveAway(bench)

            let capabilities = try Self.capabilities(in: "wg-reconcile.service").filter { $0 != missing }
            let tool = try run(bench, capabilities, ["--no-apply"])
            #expect((tool.status == 0) == (missing == nil), "\(tool.status): \(tool.output)")
            guard missing == nil else { return }
            var facts = stat()
            #expect(stat(bench.wireguard + "/wg2.conf", &facts) == 0)
            #expect(facts.st_uid == Self.application && facts.st_mode & 0o7777 == 0o600)
            #expect(try bench.config("wg2.conf").contains("[Interface]"))
        }
    }

    @Test(.enabled(if: LiveNetwork.obstacle == nil, "\(LiveNetwork.obstacle ?? "")"))
    func `live interfaces: NET_ADMIN is needed, and suffices`() throws {
        try withBench { bench throws in
            let network = try LiveNetwork(bench)
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            try bench.write(feed: ["gone@x.com"])
            try giveAway(bench)
            let here = ["nsenter", "--net=/run/netns/" + network.server]
            let capabilities = try Self.capabilities(in: "wg-reconcile.service")
            func command(_ capabilities: [String]) throws -> LiveReport {
                try LiveReport(
                    bench,
                    Tool(
                        here
                            + network.command(
                                network.runArguments(["gone@x.com"]), limitedBy: limit(to: capabilities))
                            + ["--allow-unsafe-permissions"]))
            }

            let without = try command(capabilities.filter { $0 != "NET_ADMIN" })
            #expect(without.status == 1, "\(without.output)")
            #expect(try network.isUp(gone.customer))

            let with = try command(capabilities)
            #expect(with.status == 0, "\(with.output)")
            #expect(with.names("interfaces_down") == [gone.customer.interface])
            #expect(try !network.isUp(gone.customer))
            #expect(network.wasPostDownRun(for: gone.customer))
            #expect(try network.reaches(stays.customer))
        }
    }

    /// The namespace by its name, and as a container's.
    @Test(
        .enabled(if: LiveNetwork.obstacle == nil, "\(LiveNetwork.obstacle ?? "")"), arguments: [true, false])
    func `another network namespace takes what the drop-in adds`(isByName: Bool) throws {
        try withBench { bench throws in
            let network = try LiveNetwork(bench)
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let (container, output) = try Tool.start(
                ["nsenter", "--net=/run/netns/" + network.server, "sleep", "600"])
            defer {
                kill(container, SIGKILL)
                Tool.wait(container)
                unlink(output)
            }
            // nsenter becomes sleep once it has entered.
            func name() throws -> String { try String(contentsOfFile: "/proc/\(container)/comm", encoding: .utf8) }
            for _ in 0..<600 where try name() != "sleep\n" { usleep(50_000) }
            try #require(try name() == "sleep\n")
            let namespace = isByName ? network.server : "/proc/\(container)/ns/net"
            func command(_ capabilities: [String]) throws -> [String] {
                try network.command(network.runArguments(["gone@x.com"]), limitedBy: limit(to: capabilities))
                    + ["--netns", namespace]
            }

            let service = try Self.capabilities(in: "wg-reconcile.service")
            let refused = try Tool(command(service))
            #expect(refused.status == 78, "\(refused.output)")
            #expect(try network.isUp(gone.customer))

            let dropIn = try Self.capabilities(in: "wg-reconcile-netns.conf")
            let report = try LiveReport(bench, Tool(command(service + dropIn)))
            #expect(report.status == 0, "\(report.output)")
            #expect(try !network.isUp(gone.customer))
        }
    }
}
