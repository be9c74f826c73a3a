import Foundation
import GRDB

/// What a release of the application has written, with the database that it wrote it from.
package enum RecordedOutput: String, CaseIterable {
    case upstream9966 = "upstream-9966"
    case upstream9971 = "upstream-9971"
    case upstream9972 = "upstream-9972"
    case upstream9973 = "upstream-9973"
    case upstream9974 = "upstream-9974"
    case upstream9979 = "upstream-9979"
    case upstream9979Cluster = "upstream-9979-cluster"
    case upstream202603 = "upstream-2026-03"
    case fork202509 = "fork-2025-09"
    case fork202601 = "fork-2026-01"

    package var generation: String {
        switch self {
        case .upstream9966: "9968"
        case .upstream9971: "9970"
        case .upstream9972: "9972"
        case .upstream9973: "9973"
        case .upstream9974: "9974"
        case .upstream9979, .upstream9979Cluster, .upstream202603: "9975"
        case .fork202509, .fork202601: "fork"
        }
    }

    /// What configs and tables alone tell: 9974 and 9975 share both, and the newer counts.
    package var generationWithoutScript: String { self == .upstream9974 ? "9975" : generation }

    package var before: String { get throws { try text("before.iptables") } }
    package var after: String { get throws { try text("after.iptables") } }

    package var identifiers: [String] {
        get throws {
            try JSONDecoder().decode(
                [String].self,
                from: Data(contentsOf: URL(fileURLWithPath: Fixtures.path((whole ?? own) + "/identifiers.json"))))
        }
    }

    /// Lays out database, configs and script as the application left them.
    package func lay(into bench: Bench) throws {
        if let whole {
            try FileManager.default.copyItem(
                atPath: Fixtures.path(whole + "/before.sqlite3"), toPath: bench.database)
        } else {
            let queue = try DatabaseQueue(path: bench.database)
            try queue.write { db in
                // Rows come before those that they refer to.
                try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
                try db.execute(sql: String(contentsOfFile: Fixtures.path(own + "/before.sql"), encoding: .utf8))
            }
            try queue.close()
        }
        let configs = Fixtures.path(whole.map { $0 + "/wireguard-before" } ?? own + "/wireguard")
        for name in try FileManager.default.contentsOfDirectory(atPath: configs) {
            try bench.put(String(contentsOfFile: configs + "/" + name, encoding: .utf8), at: name)
        }
        try bench.put(applicationScript, at: "wg-firewall.sh", mode: 0o700)
    }

    /// A script in the form of the application's own that sets up what was recorded.
    package var applicationScript: String { get throws { try Self.script(for: before) } }

    /// - Parameter recording: of `iptables-save`.
    package static func script(for recording: String) -> String {
        var (head, hooks, rules, table) = ([String](), [String](), [String](), "")
        for recorded in recording.split(separator: "\n") {
            let line = recorded.trimmingCharacters(in: .whitespaces)
                .replacing("172.20.0.3/32", with: "$DNS_IP").replacing("172.20.0.3:", with: "$DNS_IP:")
                .replacing("172.20.0.2/32", with: "wireguard-webadmin")
            let words = line.split(separator: " ")
            if line.hasPrefix("*") {
                table = String(line.dropFirst())
            } else if line.hasPrefix(":WGWADM_") {
                let chain = words[0].dropFirst()
                head += ["iptables -t \(table)   -N \(chain) >> /dev/null 2>&1", "iptables -t \(table) -F \(chain)"]
            } else if line.hasPrefix(":"), words[1] == "DROP" {
                rules.append("iptables -t \(table) -P \(words[0].dropFirst()) DROP")
            } else if line.hasPrefix("-A WGWADM_") {
                rules.append("iptables -t \(table)  \(line)")
            } else if line.hasPrefix("-A ") {
                hooks.append("iptables -t \(table) -I \(line.dropFirst(3))")
                hooks.append("iptables -t \(table) -D \(line.dropFirst(3)) >> /dev/null 2>&1")
            }
        }
        let beginning = [
            "#!/bin/bash", "# Description: Firewall rules for WireGuard_WebAdmin", "#",
            "DNS_IP=$(getent hosts wireguard-webadmin-dns | awk '{ print $1 }')",
            #"if [ -z "$DNS_IP" ]; then"#, #"    DNS_IP="127.0.0.250""#, "fi", "",
        ]
        return (beginning + head + hooks.reversed() + rules).joined(separator: "\n") + "\n"
    }

    /// The folder of a whole reference case, for those that have one.
    private var whole: String? {
        switch self {
        case .upstream202603: "reference/2026"
        case .fork202509: "reference/2025"
        default: nil
        }
    }

    private var own: String { "generations/" + rawValue }

    private func text(_ name: String) throws -> String {
        let path = self == .fork202509 ? "firewall/2025-" + name : own + "/" + name
        return try String(contentsOfFile: Fixtures.path(path), encoding: .utf8)
    }
}
