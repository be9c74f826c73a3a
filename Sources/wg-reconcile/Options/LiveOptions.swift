import ArgumentParser
import Foundation
import Reconcile
import Support
import WireGuard

/// What to do with live interfaces, and where they are.
struct LiveOptions: ParsableArguments {
    @Flag(help: "Neither change nor check live interfaces.")
    var noApply = false

    @Option(
        help: ArgumentHelp(
            """
            The network namespace of the live interfaces: a name of `ip netns`, or a path with a slash in it, such as \
            /proc/PID/ns/net; a relative path starts at the current folder. (default: the namespace of this process)
            """, valueName: "name|path"))
    var netns: String?

    @Option(
        help: ArgumentHelp(
            """
            Where the application runs a cluster: how long to wait until its workers have followed. Not with --no-apply, and \
            not for a worker that was not seen for ten minutes. With 0 no worker counts as behind.
            """, valueName: "seconds"))
    var waitForWorkers = Seconds(Reconciliation.Options.usualWorkersTimeLimit)

    /// - Returns: nil where live interfaces are to be left alone.
    func access(trust: FileTrust) -> LiveAccess? {
        if noApply { return nil }
        return LiveAccess(networkNamespace: netns, environment: ProcessInfo.processInfo.environment, trust: trust)
    }
}
