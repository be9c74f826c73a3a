import ArgumentParser
import Foundation
import Reconcile

/// What is done to interfaces that are up, and where.
struct LiveOptions: ParsableArguments {
    @Flag(help: "Touch no live interface, and look at none.")
    var noApply = false

    @Option(
        help: ArgumentHelp(
            """
            The network namespace of the live interfaces: a name of `ip netns`, or a path with a slash in it, such as \
            /proc/PID/ns/net; one that does not begin with a slash is looked for from the current folder. (default: the \
            namespace of this process)
            """, valueName: "name|path"))
    var netns: String?

    /// - Returns: nil where live interfaces are to be left alone.
    func access(_ settings: Settings, trust: FileTrust) throws -> LiveAccess? {
        // Both are asked for, so that a variable which cannot be used is not passed over.
        let (isOff, namespace) = (try noApply || settings.flag(.noApply), try netns ?? settings.value(.netns))
        if isOff { return nil }
        return LiveAccess(
            networkNamespace: namespace, environment: ProcessInfo.processInfo.environment, trust: trust)
    }
}
