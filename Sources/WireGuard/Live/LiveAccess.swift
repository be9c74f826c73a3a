import Support

/// How to reach live interfaces: in which network namespace, with which programs, and with which time limit.
///
/// Without one, a run neither inspects nor touches live interfaces.
package struct LiveAccess: Hashable, Sendable {
    /// The name of a namespace as in `ip netns`, or a path that contains a slash, such as `/proc/4711/ns/net`. The
    /// path may be relative to the current folder. nil for the namespace of this process.
    package var networkNamespace: String?
    /// The environment of the programs that are called. They are found through its PATH.
    package var environment: [String: String]
    /// The time limit for one call of a program.
    package var timeLimit: Duration
    /// Which owners of a config are trusted, so that `wg-quick` may run its commands.
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

    /// The path of the namespace; nil for this process's own.
    var namespacePath: String? {
        networkNamespace.map { $0.contains("/") ? $0 : "/run/netns/" + $0 }
    }
}
