import Foundation
import Glibc
import TestSupport

@testable import WireGuard

/// Shell scripts in the place of `wg` and the programs of the firewall, so that a test needs no network namespace.
struct StandInPrograms {
    /// The public key of each interface that is up.
    var interfaces: [String: String] = [:]
    /// The public key of a peer of an interface.
    var peers: [String: String] = [:]
    /// The addresses of the containers' names.
    var names = ["wireguard-webadmin": "172.20.0.2", "wireguard-webadmin-dns": "172.20.0.3"]
    /// What the save program of each packet filter prints. `iptables` is that of nft.
    var rules = ["nft": "*filter", "legacy": "*filter"]
    /// Whether the files of /proc/net can be read.
    var seesNetworkFiles = true

    /// Writes them to a folder of the bench, which is all of PATH that they need.
    func access(in bench: Bench) throws -> LiveAccess {
        let folder = bench.folder + "/programs"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ script: String) throws {
            let path = folder + "/" + name
            try bench.write("#!/bin/sh\n" + script + "\n", to: path)
            chmod(path, 0o755)
        }
        let keys = interfaces.sorted { $0.key < $1.key }.map { "'\($0.key)\t\($0.value)'" }
        let members = peers.sorted { $0.key < $1.key }.map { "'\($0.key)\t\($0.value)'" }
        try write(
            "wg",
            """
            case "$*" in
            "show all public-key") \(keys.isEmpty ? ":" : "printf '%s\\n' " + keys.joined(separator: " ")) ;;
            "show all peers") \(members.isEmpty ? ":" : "printf '%s\\n' " + members.joined(separator: " ")) ;;
            esac
            """)
        let cases = names.map { "\($0.key)) echo \($0.value) \($0.key) ;;" }.joined(separator: "\n")
        try write("getent", "case \"$2\" in\n\(cases)\n*) exit 2 ;;\nesac")
        try write("iptables", "echo 'iptables v1.8.9 (nf_tables)'")
        try write("iptables-save", "echo '\(rules["nft"] ?? "")'")
        for (kind, text) in rules { try write("iptables-\(kind)-save", "echo '\(text)'") }
        try write("cat", seesNetworkFiles ? "exit 0" : "exit 1")
        try write("ls", "exit 2")
        let links = interfaces.keys.sorted().enumerated().map { "\($0.offset + 2): \($0.element): <UP> mtu 1420" }
        try write(
            "ip",
            """
            case "$*" in
            "-o link show type wireguard") echo "\(links.joined(separator: "\n"))" ;;
            esac
            """)
        for name in ["wg-quick", "bash", "iptables-restore"] { try write(name, "exit 0") }
        return LiveAccess(networkNamespace: nil, environment: ["PATH": folder])
    }

    /// A rule in the application's chains.
    static let chains = "-A FORWARD -j WGWADM_FORWARD"
}
