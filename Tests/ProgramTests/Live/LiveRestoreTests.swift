import Foundation
import Glibc
import Testing

/// Accounts that come back.
extension LiveInterfacesTests {
    private func restore(
        _ network: LiveNetwork, _ emails: [String], _ options: [String] = [], limitedBy limit: [String] = []
    ) throws -> (status: Int32, output: String) {
        let tool = try network.tool(
            ["restore"] + emails + network.regenerateArguments(["--netns", network.server] + options).dropFirst(),
            limitedBy: limit)
        return (tool.status, tool.output)
    }

    @Test func `a restored customer is on again with the keys that he has, and nobody else loses a packet`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            let config = try network.bench.config("\(gone.customer.interface).conf")
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "true")
            #expect(try !network.isUp(gone.customer) && !network.reaches(gone.customer))

            var end: (status: Int32, output: String)?
            let lost = try network.pinging(stays.customer) { end = try restore(network, ["gone@x.com"]) }
            let result = try #require(end)
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.contains("Brought up: \(gone.customer.interface)"))
            #expect(lost == [])
            #expect(try network.bench.config("\(gone.customer.interface).conf") == config)
            #expect(try network.peers(of: gone.customer) == [gone.customer.peerKey])
            #expect(try network.reaches(gone.customer, patience: 15))
            // The next night finds nothing to do, and nothing up that should be down.
            let night = try network.run([])
            #expect(night.status == 0 && night.errors == [], "\(night.output)")
        }
    }

    @Test func `with --no-apply his interface stays down, and a night does not bring it up`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "true")
            #expect(try restore(network, ["gone@x.com"], ["--no-apply"]).status == 0)
            #expect(try !network.isUp(gone.customer))
            #expect(try network.run([]).status == 0)
            #expect(try !network.isUp(gone.customer))
        }
    }

    /// Where the name of the DNS container is unknown, the script would send every customer's DNS to an address that does
    /// not answer.
    @Test func `an interface whose PostUp runs the firewall script comes up only where the script works`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com", isUnderScript: true).customer
            try network.bringUp([network.addCustomer("stays@x.com")])
            network.takeDownAtTheEnd(gone)
            #expect(try network.run(["gone@x.com"]).tunnelDown() == "true")
            let name = "wireguard-webadmin-dns"
            try network.setHosts(LiveNetwork.containers.filter { !$0.hasSuffix(name) })
            // The PostUp names the script by the application's path.
            let isMade = mkdir("/etc/wireguard", 0o755) == 0
            defer { if isMade { rmdir("/etc/wireguard") } }
            let inPlace = [
                "bash", "-c", #"mount --bind "$0" /etc/wireguard && exec "$@""#, network.bench.wireguard,
            ]
            // Without counts and times.
            func rules() throws -> [Substring] {
                try network.packetFilter().split(separator: "\n").filter { $0.hasPrefix("-") }
            }
            let before = try rules()
            let hindered = try restore(network, ["gone@x.com"], limitedBy: inPlace)
            #expect(hindered.status == 1)
            #expect(
                hindered.output.contains(
                    "\(gone.interface) was not brought up, because its PostUp runs wg-firewall.sh: the name \(name) is "
                        + "unknown here"), "\(hindered.output)")
            #expect(try !network.isUp(gone))
            #expect(try rules() == before)

            try network.setHosts(LiveNetwork.containers)
            let night = try network.run([], limitedBy: inPlace)
            #expect(night.status == 0 && night.errors == [], "\(night.output)")
            #expect(night.names("interfaces_up") == [gone.interface])
            #expect(try network.peers(of: gone) == [gone.peerKey])
            #expect(night.configs["firewall_run"] as? Bool == true)
            #expect(try rules() != before)
        }
    }
}
