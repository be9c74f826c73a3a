import ArgumentParser
import Reconcile

@main
struct WGReconcile: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "wg-reconcile")
}
