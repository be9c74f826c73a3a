import ControlPlane
import Feed
import Support

/// What the configs on disk show about the application that wrote them.
package struct ConfigEvidence {
    /// Whether they have ``ConfigLayout/keepsEmptyCommands``; nil where no config shows it. Older releases have it.
    /// After an upgrade, the application may have exported only some configs, so a single config without it decides.
    private(set) var keepsEmptyCommands: Bool?
    /// Whether a config has a comment that only releases from 9974 write.
    private(set) var namesPeers = false
    /// How many configs have each MTU; 0 stands for a config without one.
    private var mtus: [Int: Int] = [:]

    /// Reads the configs of these instances. Other configs may belong to anybody.
    package init(in folder: OpenFolder, of numbers: Set<Int>) throws(FileFailure) {
        for name in try folder.names() {
            // A config that cannot be read is no evidence. It is reported when it would be replaced.
            guard let number = InterfaceName.number(ofConfig: name), numbers.contains(number),
                let config = try? folder.regularFile(name)
            else { continue }
            take(config.bytes)
        }
    }

    init(_ configs: [[UInt8]] = []) {
        for config in configs { take(config) }
    }

    /// The MTU of most configs; nil where most have none. A single config that somebody edited does not count, and
    /// the application would overwrite it too.
    var mtu: Int? {
        let most = mtus.max { ($0.value, $0.key) < ($1.value, $1.key) }
        return most.flatMap { $0.key == 0 ? nil : $0.key }
    }

    /// How the configs differ in their MTU, and which one all of them get; nil where they do not differ.
    package func mixedMTU(taken mtu: Int?) -> String? {
        guard mtus.count > 1 else { return nil }
        let total = mtus.values.reduce(0, +)
        let counts = mtus.sorted { $0.key > $1.key }.map { value, count in
            (count, value == 0 ? "none" : "MTU \(value)")
        }
        let list = counts.enumerated().map { index, entry in
            index == 0 ? "\(entry.0) of \(total) configs have \(entry.1)" : "\(entry.0) have \(entry.1)"
        }
        return list.joined(separator: ", ") + "; took \(mtu.map(String.init) ?? "none"); --mtu overrides"
    }

    /// Counts a config that is as this program writes it with this MTU.
    mutating func take(mtu: Int?) { mtus[mtu ?? 0, default: 0] += 1 }

    mutating func take(_ config: [UInt8]) {
        // Only lines before the first peer, and the comment before it, are evidence.
        let lines = config.split(separator: .lineFeed).prefix { !$0.starts(with: "[Peer]".utf8) }
        guard lines.first.map(Self.text) == "[Interface]" else { return }
        var values: [String: String] = [:]
        var hasComment = false
        for line in lines {
            let text = Self.text(line)
            if text.hasPrefix("#") {
                hasComment = hasComment || text.hasPrefix("# Peer: ") || text.hasPrefix("# WARNING: No Allowed IPs")
            } else if let sign = text.firstIndex(of: "=") {
                values[Self.trimmed(text[..<sign])] = Self.trimmed(text[text.index(after: sign)...])
            }
        }
        mtus[values["MTU"].flatMap { Int($0) } ?? 0, default: 0] += 1
        namesPeers = namesPeers || hasComment
        let commands = [values["PostUp"], values["PostDown"]]
        if hasComment || commands.contains(nil) {
            keepsEmptyCommands = false
        } else if commands.contains("") && keepsEmptyCommands == nil {
            keepsEmptyCommands = true
        }
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        trimmed(String(decoding: line, as: UTF8.self)[...])
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
