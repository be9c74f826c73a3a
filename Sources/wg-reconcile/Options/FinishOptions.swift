import ArgumentParser
import Foundation
import Reconcile

struct FinishOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A program to start once at the end, whatever came of the call. It gets the exit status and the reports in its \
            environment and a summary as JSON on standard input. What it fails with is logged and changes nothing.
            """, valueName: "program"))
    var onFinish: String?

    @Option(help: ArgumentHelp("How long that program may take before it is ended.", valueName: "seconds"))
    var onFinishTimeout = Seconds(60)

    var hook: FinishHook? {
        onFinish.map {
            FinishHook(
                path: $0, timeLimit: .seconds(onFinishTimeout.value),
                environment: ProcessInfo.processInfo.environment)
        }
    }
}
