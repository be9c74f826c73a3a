import Foundation
import TestSupport
import Testing

@testable import WireGuard

/// The application hands its columns to iptables as they are, through a shell. What iptables makes of them has to be in
/// the filter in the same place, whatever it looks like, and nothing has to be there that iptables refuses.
@Suite(
    "What iptables takes is taken, and as it takes it",
    .enabled(if: FirewallNamespace.isExpected, "\(FirewallNamespace.obstacle ?? "")"))
struct FirewallAcceptanceTests {
    /// - Parameters:
    ///   - column: of `firewall_firewallrule`.
    ///   - words: what the application's command says of it, `VALUE` being the value.
    private func compare(
        _ column: String, _ values: [String], beside others: FirewallBench.Values, words: String
    ) throws {
        let script = try FirewallBench.script { bench in
            for (index, value) in values.enumerated() {
                let row: FirewallBench.Values = [column: value, "sort_order": index, "rule_action": "drop"]
                try bench.rule(others.merging(row) { $1 })
            }
        }
        // Without quotes, so that the shell splits the words.
        let application = values.map { "iptables -A WGWADM_FORWARD " + words.replacing("VALUE", with: $0) + " -j DROP" }
        let expected = try FirewallNamespace.filter(
            after: (["iptables -N WGWADM_FORWARD"] + application).joined(separator: "\n"))
        let found = try FirewallNamespace.filter(after: script.text)
        func drops(_ outcome: FirewallNamespace.Outcome) -> [String] {
            outcome.output.split(separator: "\n").map(String.init).filter {
                $0.hasPrefix("-A WGWADM_FORWARD ") && $0.hasSuffix(" -j DROP")
            }
        }
        #expect(drops(expected).count > values.count / 2)
        #expect(drops(expected).count < values.count)
        #expect(drops(found) == drops(expected), "\(script.problems)")
    }

    @Test("ports", arguments: ["tcp", "udp"])
    func ports(transport: String) throws {
        try compare(
            "destination_port",
            [
                "http", "6000:", ":1024", "80 ", " 80", "80\t", "0", "53:domain", "domain:https", ":", "0x50", "0120",
                "+80", "0:65535", "443", "90:90", "0x10:020",
                "https:http", "080", "65536", "90:80", "80-90", "80,90", "1:2:3", "::", "! 80", "80 90", "-80", "x",
            ], beside: ["protocol": transport], words: "-p \(transport) --dport VALUE")
    }

    @Test("protocols")
    func protocols() throws {
        try compare(
            "protocol",
            ["tcp", "TCP", " udp", "icmp ", "6", "0x11", "sctp", "esp", "all", "0", "256", "both ", "tcp,udp"],
            beside: [:], words: "-p VALUE")
        try compare(
            "protocol", ["tcp", "UDP", "6", "17", "sctp", "dccp", "132", "icmp", "esp", "all", "udplite"],
            beside: ["destination_port": "80"], words: "-p VALUE --dport 80")
    }

    @Test("interfaces")
    func interfaces() throws {
        try compare(
            "in_interface",
            [
                "eth0", "wg+", "wg+ ", "\teth0", "+", "a+b", "eth0:1", "a@b", "x,y", "eth0=", "a/b", "é", ".", "wg.7",
                "abcdefghijklmno", "abcdefghijklmnop", "eth 0", "! eth0",
            ], beside: [:], words: "-i VALUE")
    }

    @Test("addresses")
    func addresses() throws {
        try compare(
            "source_ip",
            [
                "10.0.0.1", " 10.0.0.2", "010.0.0.1", "0x0a.0.0.3", "+1.0.0.0", "10.0.0.010",
                "10.0.0.1 ", "10.0.0.09", "1.2.3.4.5", "::1",
            ], beside: ["source_netmask": 24], words: "-s VALUE/24")
    }
}
