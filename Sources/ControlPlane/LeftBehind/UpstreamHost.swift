/// Parses the host out of a gateway upstream, such as `http://10.0.0.2:3000/path`.
enum UpstreamHost {
    /// The host without user, password, port and the dot that may end a full name; nil if there is none.
    static func name(in upstream: String) -> String? {
        var rest = upstream.trimmed[...]
        if let slashes = rest.firstRange(of: "//") {
            let scheme = rest[..<slashes.lowerBound]
            // Others are part of a path or a query.
            if scheme.isEmpty || scheme.hasSuffix(":") && !scheme.contains(where: { "/?#".contains($0) }) {
                rest = rest[slashes.upperBound...]
            }
        }
        rest = rest.prefix { !"/?#".contains($0) }
        if let at = rest.lastIndex(of: "@") { rest = rest[rest.index(after: at)...] }
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[..<end].dropFirst()
        } else {
            host = withoutFinalDot(rest.prefix { $0 != ":" })
        }
        return host.isEmpty ? nil : String(host)
    }

    static func withoutFinalDot(_ name: Substring) -> Substring { name.hasSuffix(".") ? name.dropLast() : name }
}
