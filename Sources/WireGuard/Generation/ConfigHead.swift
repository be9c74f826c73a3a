import ControlPlane
import Support

/// The lines of a config before its first peer. There may be thousands of configs, so the rest is not even split into
/// lines. Holds a private key.
struct ConfigHead {
    /// The values of the interface, by their names as written.
    private(set) var values: [String: String] = [:]
    /// Whether it has a comment that only releases from 9974 write.
    private(set) var namesPeers = false

    /// Whether it begins as the application's configs do. A config that does not is no evidence of the application.
    private(set) var isOfApplication = false

    init(_ config: [UInt8]) {
        var rest = config[...]
        var isFirst = true
        while !rest.isEmpty {
            let line = rest.prefix { $0 != .lineFeed }
            rest = rest[line.endIndex...].dropFirst()
            if line.isEmpty { continue }
            if line.starts(with: "[Peer]".utf8) { break }
            let text = String(decoding: line, as: UTF8.self).trimmed
            if isFirst {
                isOfApplication = text == "[Interface]"
                isFirst = false
            }
            if text.hasPrefix("#") {
                namesPeers = namesPeers || text.hasPrefix("# Peer: ") || text.hasPrefix("# WARNING: No Allowed IPs")
            } else if let sign = text.firstIndex(of: "=") {
                values[String(text[..<sign]).trimmed] = String(text[text.index(after: sign)...]).trimmed
            }
        }
    }

    /// The interface's private key, in whatever case its name is written, as `wg` reads it.
    var privateKey: String? {
        values.first { $0.key.lowercased() == "privatekey" }.map { WireGuardKey.asRead($0.value) }
    }
}
