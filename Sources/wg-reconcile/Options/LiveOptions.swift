import ArgumentParser
import Foundation
import Reconcile
import Support
import WireGuard

/// What to do with live interfaces, and where they are.
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

    @Option(
        help: ArgumentHelp(
            """
            Where the application runs a cluster: how long to wait until its workers have followed. Not with --no-apply, and \
            not for a worker that was not seen for ten minutes. (default: 180)
            """, valueName: "seconds"))
    var waitForWorkers: Seconds?

    /// How long to wait for the workers of a cluster.
    func workersTimeLimit(_ settings: Settings) throws -> Double {
        try (waitForWorkers ?? settings.value(.waitForWorkers))?.value ?? Reconciliation.Options.usualWorkersTimeLimit
    }

    /// - Returns: nil where live interfaces are to be left alone.
    func access(_ settings: Settings, trust: FileTrust) throws -> LiveAccess? {
        // Reads both, so that a variable with an invalid value is not ignored.
        let (isOff, namespace) = (try noApply || settings.flag(.noApply), try netns ?? settings.value(.netns))
        if isOff { return nil }
        return LiveAccess(
            networkNamespace: namespace, environment: ProcessInfo.processInfo.environment, trust: trust)
    }
}
