import Support

/// How live interfaces are reached: in which network namespace, by which programs, with how much patience.
///
/// A run without one touches no interface and looks at none.
package struct LiveAccess: Hashable, Sendable {
    /// A namespace's name, as `ip netns` knows it, or a path with a slash in it such as `/proc/4711/ns/net`, which may be
    /// relative to the current folder. nil for the namespace that this process is in.
    package var networkNamespace: String?
    /// The environment of the programs that are called; they are looked for in its PATH.
    package var environment: [String: String]
    /// How long one call of a program may take.
    package var timeLimit: Duration
    /// Whose configs `wg-quick` may run commands from.
    package var trust: FileTrust

    package init(
        networkNamespace: String? = nil, environment: [String: String], timeLimit: Duration = .seconds(30),
        trust: FileTrust = FileTrust()
    ) {
        self.networkNamespace = networkNamespace
        self.environment = environment
        self.timeLimit = timeLimit
        self.trust = trust
    }

    /// The path of the namespace; nil for our own.
    var namespacePath: String? {
        networkNamespace.map { $0.contains("/") ? $0 : "/run/netns/" + $0 }
    }
}
