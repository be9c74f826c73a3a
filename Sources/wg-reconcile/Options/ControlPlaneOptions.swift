import ArgumentParser
import Reconcile
import Support
import WireGuard

/// Where the control plane and the reports are, and how to use them.
struct ControlPlaneOptions: ParsableArguments {
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions

    @Option(help: ArgumentHelp("The folder for the reports, with a subfolder for each run.", valueName: "dir"))
    var reportDir: String?

    /// The options that every run has. A path that is missing is empty.
    func settled(_ source: Reconciliation.Source, _ live: LiveOptions) -> Reconciliation.Options {
        var options = Reconciliation.Options(
            source, databasePath: database.database ?? "", wireguardDirectory: wireguard.wireguardDir ?? "",
            reportDirectory: reportDir ?? "", programVersion: ProgramVersion.current)
        options.mtu = wireguard.mtu?.value
        options.keepsFirewall = wireguard.keepFirewall
        options.busyTimeout = database.busyTimeout.value
        options.acceptedColumns = database.acceptedColumns
        options.databaseTrust = database.trust
        options.live = live.access(trust: database.trust)
        options.workersTimeLimit = live.waitForWorkers.value
        return options
    }

    /// The values that every run requires.
    ///
    /// - Parameter reports: Whether a report will be written.
    func required(reports: Bool = true) -> [(option: OptionName, value: String?)] {
        [
            ("database", database.database), ("wireguard-dir", wireguard.wireguardDir),
            ("report-dir", reports ? reportDir : ""),
        ]
    }
}
