import ControlPlane
import Feed
import Support

/// What the configs on disk tell of the application that wrote them.
package struct ConfigEvidence {
    /// Whether they have ``ConfigLayout/keepsEmptyCommands``; nil where none of them tells. Older releases do. An
    /// application that was brought up to date may have exported only some configs since, so one without counts.
    private(set) var keepsEmptyCommands: Bool?
    /// How many configs have which MTU; 0 stands for a config without one.
    private var mtus: [Int: Int] = [:]

    /// Reads the configs of these instances. Others may be anybody's.
    init(in folder: OpenFolder, of numbers: Set<Int>) throws(FileFailure) {
        for name in try folder.names() {
            // One that cannot be read is no evidence, and reported where it would be replaced.
            guard let number = InterfaceName.number(ofConfig: name), numbers.contains(number),
                let config = try? folder.regularFile(name)
            else { continue }
            take(config.bytes)
        }
    }

    init(_ configs: [[UInt8]]) {
        for config in configs { take(config) }
    }

    /// The MTU that most configs have; nil where most have none. A single config that somebody edited does not count, and
    /// the application would overwrite it too.
    var mtu: Int? {
        let most = mtus.max { ($0.value, $0.key) < ($1.value, $1.key) }
        return most.flatMap { $0.key == 0 ? nil : $0.key }
    }

    private mutating func take(_ config: [UInt8]) {
        // All that tells stands before the first peer, or in the comment before it.
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
