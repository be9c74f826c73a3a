import Foundation
import Glibc
import SamplePlane
import TestSupport
import Testing

// Running the firewall script.
extension LiveInterfacesTests {
    /// A server with one customer whose firewall script is written and not yet run.
    private func withPendingScript(_ body: (LiveNetwork, String) throws -> Void) throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            try network.bringUp([stays])
            let path = network.bench.wireguard + "/wg-firewall.sh"
            #expect(access(network.bench.wireguard + "/.wg-firewall.pending", F_OK) == 0)
            try body(network, path)
        }
    }

    @Test func `the firewall script is run once for each change, and again where it failed`() throws {
        try withPendingScript { network, _ in
            let refusals = ["iptables": "exit 4", "iptables-restore": "cat >/dev/null; exit 4"]
            for _ in 1...2 {
                let failed = try network.run([], standIns: refusals)
                #expect(failed.status == 1)
                #expect(failed.errors.first?.contains("ended with status 1") == true, "\(failed.errors)")
                // It was run, and its commands were refused.
                #expect(failed.configs["firewall_run"] as? Bool == true)
                #expect(failed.configs["applied"] as? Bool == false)
            }
            #expect(try !network.packetFilter().contains("WGWADM"))
            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
            #expect(try network.packetFilter().contains("WGWADM"))
            #expect(try network.run([]).configs["firewall_run"] as? Bool == false)
        }
    }

    @Test func `once the last interface is gone, the script is still run where it was seen, and nowhere else`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let refusals = ["iptables": "exit 4", "iptables-restore": "cat >/dev/null; exit 4"]
            #expect(try network.run(["gone@x.com"], standIns: refusals).names("interfaces_down").count == 1)
            for (namespace, isRun) in [(network.client, false), (network.server, true), (network.server, false)] {
                let command = try network.command(network.runArguments([]))
                let tool = try Tool(["nsenter", "--net=/run/netns/" + namespace] + command)
                let report = try LiveReport(network.bench, tool)
                #expect(report.status == 0, "\(report.output)")
                #expect(report.configs["firewall_run"] as? Bool == isRun)
            }
        }
    }

    @Test func `a script that somebody else has put there is not run`() throws {
        try withPendingScript { network, path in
            let marker = network.bench.folder + "/ran"
            let script = "#!/bin/bash\n# mine\ntouch \(marker)\n"
            try network.bench.put(script, at: "wg-firewall.sh", mode: 0o700)
            let report = try network.run([])
            #expect(report.status == 1, "\(report.output)")
            #expect(report.names("unknown_files") == ["wg-firewall.sh"])
            #expect(report.configs["firewall_run"] as? Bool == false)
            #expect(!FileManager.default.fileExists(atPath: marker))
            #expect(try String(contentsOfFile: path, encoding: .utf8) == script)
        }
    }

    @Test("our own script has its mode mended", arguments: [0o600, 0o777, 0o644])
    func mode(_ mode: mode_t) throws {
        try withPendingScript { network, path in
            chmod(path, mode)
            let report = try network.run([])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.configs["firewall_run"] as? Bool == true)
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode == S_IFREG | 0o700)
        }
    }

    @Test func `a script that somebody else may change is not run`() throws {
        try withPendingScript { network, path in
            chown(path, 65_534, 65_534)
            let report = try network.run([])
            #expect(report.status == 1)
            #expect(report.errors.first?.contains("65534") == true, "\(report.errors)")
            #expect(report.errors.first?.contains("chown root \(path)") == true, "\(report.errors)")
            #expect(report.configs["firewall_run"] as? Bool == false)
            chown(path, 0, 0)
            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
        }
    }

    @Test func `without the name of the DNS container the script is not run, and that is said`() throws {
        try withPendingScript { network, _ in
            let name = "wireguard-webadmin-dns"
            try network.setHosts(LiveNetwork.containers.filter { !$0.hasSuffix(name) })
            for _ in 1...2 {
                let report = try network.run([])
                #expect(report.status == 1)
                #expect(report.errors.first?.contains("the name \(name) is unknown here") == true, "\(report.errors)")
                #expect(report.configs["firewall_run"] as? Bool == false)
            }
            #expect(try !network.packetFilter().contains("WGWADM"))
            let check = try network.check()
            #expect(check.status == 78)
            #expect(check.output.contains("the name \(name) is unknown here"), "\(check.output)")

            try network.setHosts(LiveNetwork.containers)
            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
            #expect(try !network.check().output.contains("is unknown here"))
        }
    }

    @Test func `where a container's name leads to this host itself, the script is not run, and that is said`() throws {
        try withPendingScript { network, _ in
            let name = "wireguard-webadmin-dns"
            try network.setHosts(LiveNetwork.containers.filter { !$0.hasSuffix(name) } + ["127.0.1.1 \(name)"])
            let said = "the name \(name) resolves to a loopback address, 127.0.1.1"
            let report = try network.run([])
            #expect(report.status == 1)
            #expect(report.errors.first?.contains(said) == true, "\(report.errors)")
            #expect(report.configs["firewall_run"] as? Bool == false)
            let regenerated = try network.program(network.regenerateArguments(["--netns", network.server]))
            #expect(regenerated.status == 1 && regenerated.output.contains(said), "\(regenerated.output)")
            #expect(try !network.packetFilter().contains("WGWADM"))
            let check = try network.check()
            #expect(check.status == 78 && check.output.contains(said), "\(check.output)")
            #expect(!check.output.contains("\(name) is 127.0.1.1"), "\(check.output)")

            try network.setHosts(LiveNetwork.containers)
            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
        }
    }

    /// Why the interface of a removed instance is left up.
    enum LeftUp: CaseIterable {
        case hasAnotherKey, hangs, cannotBeDeleted

        /// Keeps the interface up for the length of `body`.
        func apply(to customer: LiveNetwork.Customer, _ network: LiveNetwork, during body: () throws -> Void) throws {
            switch self {
            case .hasAnotherKey:
                let path = network.bench.folder + "/other.key"
                try SampleKeyPair.numbered(31).privateKey.write(toFile: path, atomically: false, encoding: .utf8)
                try Tool.need("wg", "set", customer.interface, "private-key", path)
                try body()
                try Tool.need("ip", "-n", network.server, "link", "delete", "dev", customer.interface)
            case .hangs: try network.stopping(customer.interface, during: body)
            case .cannotBeDeleted: try body()
            }
        }

        var standIns: [String: String] {
            guard self == .cannotBeDeleted else { return [:] }
            return ["wg-quick": "exit 1", "ip": #"[[ $* == "link delete "* ]] && exit 1; exec $real "$@""#]
        }
    }

    @Test(arguments: LeftUp.allCases)
    func `while the interface of a removed instance is up, the rules that restrict it stay`(reason: LeftUp) throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            let name = gone.customer.interface
            try reason.apply(to: gone.customer, network) {
                for emails in [["gone@x.com"], []] {
                    let report = try network.run(emails, standIns: reason.standIns)
                    #expect(report.status == 1)
                    #expect(
                        report.errors.contains { $0.contains("not run: \(name) of a removed instance is still up") },
                        "\(report.errors)")
                    #expect(report.configs["firewall_run"] as? Bool == false)
                    #expect(try network.isUp(gone.customer))
                    #expect(try !network.packetFilter().contains("WGWADM"))
                }
            }
            for _ in 1...100 where reason == .hasAnotherKey && access("/var/run/wireguard/\(name).sock", F_OK) == 0 {
                usleep(20_000)
            }
            let after = try network.run([])
            #expect(after.status == 0, "\(after.output)")
            #expect(after.configs["firewall_run"] as? Bool == true)
            #expect(try !network.isUp(gone.customer))
        }
    }

    @Test func `where the application's chains are in the other packet filter, the script is not run`() throws {
        try withPendingScript { network, _ in
            let isNew = try Tool.need("iptables", "--version").contains("nf_tables")
            let other = isNew ? "legacy" : "nft"
            // A stand-in, since not every kernel has both.
            let chains = "printf '%s\\n' '*filter' ':WGWADM_FORWARD - [0:0]' '-A FORWARD -j WGWADM_FORWARD' COMMIT"
            let report = try network.run([], standIns: ["iptables-\(other)-save": chains])
            #expect(report.status == 1)
            #expect(report.errors.first?.contains("the packet filter of iptables-\(other)") == true, "\(report.errors)")
            #expect(report.configs["firewall_run"] as? Bool == false)
            #expect(try !network.packetFilter().contains("WGWADM"))
            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
        }
    }

    /// Why nothing prints the rules of the other packet filter.
    enum SaveProgram: CaseIterable {
        case fails, isMissing

        var standIns: [String: String] { self == .fails ? ["iptables-legacy-save": "exit 1"] : [:] }

        /// A device in the program's place, seen by one process alone.
        var limit: [String] {
            let hidden =
                #"mount --bind /dev/null "$(readlink -f "$(which iptables-legacy-save)")" && exec "$0" "$@""#
            return self == .fails ? [] : ["bash", "-c", hidden]
        }
    }

    @Test(arguments: SaveProgram.allCases)
    func `where nobody can see into the other packet filter, the script is not run`(save: SaveProgram) throws {
        // Only the legacy filter lists its tables in a file.
        guard try Tool.need("iptables", "--version").contains("nf_tables") else { return }
        try withPendingScript { network, _ in
            func standIns(tables: String) -> [String: String] {
                let cat =
                    #"if [[ $1 == /proc/net/ip_tables_names ]]; then printf '%s' \#(tables); else exec $real "$@"; fi"#
                return save.standIns.merging(["cat": cat]) { $1 }
            }
            let (some, none) = (standIns(tables: "filter"), standIns(tables: "''"))
            let unseen = "whether the application's chains are in the packet filter of iptables-legacy"
            let hindered = try network.run([], standIns: some, limitedBy: save.limit)
            #expect(hindered.status == 1, "\(hindered.output)")
            #expect(hindered.errors.first?.contains(unseen) == true, "\(hindered.errors)")
            #expect(hindered.configs["firewall_run"] as? Bool == false)
            #expect(try !network.packetFilter().contains("WGWADM"))
            let before = try network.check(standIns: some, limitedBy: save.limit)
            #expect(before.status == 78)
            #expect(before.output.contains(unseen), "\(before.output)")
            #expect(before.output.contains("install iptables-legacy-save"), "\(before.output)")
            #expect(!before.output.contains("no packet filter has"), "\(before.output)")

            // A filter without tables has no chains.
            let check = try network.check(standIns: none, limitedBy: save.limit)
            #expect(check.output.contains("no packet filter has the application's chains"), "\(check.output)")
            let run = try network.run([], standIns: none, limitedBy: save.limit)
            #expect(run.configs["firewall_run"] as? Bool == true, "\(run.output)")

            // The chains are in ours by now, so the other does not matter.
            let after = try network.check(standIns: some, limitedBy: save.limit)
            #expect(after.output.contains("chains are in the packet filter of iptables here"), "\(after.output)")
            #expect(!after.output.contains(unseen), "\(after.output)")
        }
    }

    @Test func `check says where it looks, what the names are, and which packet filter has the chains`() throws {
        try withPendingScript { network, _ in
            let ours = try Tool.need("iptables", "--version").contains("nf_tables") ? "nft" : "legacy"
            let namespace = try Tool.need("stat", "--dereference", "--format=%i", "/run/netns/" + network.server)
            let before = try network.check()
            #expect(before.output.contains("the network namespace net:[\(namespace.dropLast())]"), "\(before.output)")
            #expect(before.output.contains("given as \(network.server)"))
            let names = LiveNetwork.containers.map { $0.split(separator: " ").reversed().joined(separator: " is ") }
            #expect(before.output.contains(names.joined(separator: ", ")), "\(before.output)")
            #expect(
                before.output.contains(
                    "no packet filter has the application's chains; iptables here is that of \(ours)"))
            #expect(before.output.contains("; 1 of the database's 1 interfaces are up"))

            #expect(try network.run([]).configs["firewall_run"] as? Bool == true)
            let after = try network.check()
            #expect(
                after.output.contains("chains are in the packet filter of iptables here, \(ours)"), "\(after.output)")
        }
    }

    @Test func `without iptables nothing is touched`() throws {
        try withPendingScript { network, path in
            try network.bench.work { try $0.account("gone@x.com") }
            let arguments = try network.command(network.runArguments(["gone@x.com"])) + ["--netns", network.server]
            let before = try network.bench.image()
            // A device in the program's place, seen by this one process alone.
            let hidden = #"mount --bind /dev/null "$(readlink -f "$(which iptables)")" && exec "$0" "$@""#
            let tool = try Tool(["unshare", "--mount", "bash", "-c", hidden] + arguments)
            #expect(tool.status == 78, "\(tool.output)")
            #expect(tool.output.contains("cannot find iptables"), "\(tool.output)")
            #expect(try network.bench.image() == before)

            // Somebody else's script is not run, so nothing is missing.
            try network.bench.put("#!/bin/sh\n# mine\n", at: "wg-firewall.sh", mode: 0o700)
            let keeping = arguments + ["--keep-firewall"]
            #expect(try Tool(["unshare", "--mount", "bash", "-c", hidden] + keeping).status == 0)
        }
    }
}

extension LiveNetwork {
    func packetFilter() throws -> String {
        try Tool.need("nsenter", "--net=/run/netns/" + server, "iptables-save")
    }
}

// What `check` says of interfaces that bear the names of the database's.
extension LiveInterfacesTests {
    @Test func `check takes an interface of the right name with another key for somebody else's`() throws {
        try withNetwork { network in
            let stays = try network.addCustomer("stays@x.com")
            let other = try network.addCustomer("other@x.com").customer
            // As on a host that has a wg0 of its own.
            try network.addForeignInterface(other.interface, peers: [])
            let blind = try network.check()
            #expect(blind.status == 78)
            #expect(blind.output.contains("\(other.interface) up here with keys that the database does not have"))
            #expect(blind.output.contains("the database's 2 interfaces are not here"), "\(blind.output)")

            try network.bringUp([stays])
            let check = try network.check()
            #expect(check.output.contains("; 1 of the database's 2 interfaces are up"), "\(check.output)")
            #expect(check.status == 78)
            #expect(check.output.contains("with a key that no instance of the database has: \(other.interface)"))
        }
    }
}
