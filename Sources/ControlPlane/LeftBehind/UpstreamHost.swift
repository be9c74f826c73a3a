/// Parses the host out of a gateway upstream, such as `http://10.0.0.2:3000/path`.
enum UpstreamHost {
    /// The host without user, password and port; nil if there is none.
    static func name(in upstream: String) -> String? {
        var rest = upstream[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { !"/?#".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[..<end].dropFirst()
        } else {
            host = rest.prefix { $0 != ":" }
        }
        return host.isEmpty ? nil : String(host)
    }
}
