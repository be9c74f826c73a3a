import ArgumentParser
import Reconcile
import Support
import WireGuard

struct ReportOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder for the reports, with a subfolder for each run.", valueName: "dir"))
    var reportDir: String?
}

/// A command that works on a control plane and writes reports.
protocol ReportingCommand: PlacedCommand {
    var reports: ReportOptions { get }
    var live: LiveOptions { get }
}

extension ReportingCommand {
    /// The options that every run has. A path that is missing is empty.
    func settled(_ source: Reconciliation.Source) -> Reconciliation.Options {
        Reconciliation.Options(placedBy: self, reportDirectory: reports.reportDir ?? "", source, live)
    }

    /// The values that every run requires.
    ///
    /// - Parameter reports: Whether a report will be written.
    func required(reports isReported: Bool = true) -> [(option: OptionName, value: String?)] {
        [
            ("database", database.database), ("wireguard-dir", wireguard.wireguardDir),
            ("report-dir", isReported ? reports.reportDir : ""),
        ]
    }
}

extension Reconciliation.Options {
    /// The options of a command that works on a control plane. A path that is missing is empty.
    init(
        placedBy command: some PlacedCommand, reportDirectory: String, _ source: Reconciliation.Source,
        _ live: LiveOptions
    ) {
        let (database, wireguard) = (command.database, command.wireguard)
        self.init(
            source, databasePath: database.database ?? "", wireguardDirectory: wireguard.wireguardDir ?? "",
            reportDirectory: reportDirectory, programVersion: ProgramVersion.current)
        mtu = wireguard.mtu?.value
        keepsFirewall = wireguard.keepFirewall
        busyTimeout = database.busyTimeout.value
        acceptedColumns = database.acceptedColumns
        databaseTrust = database.trust
        self.live = live.access(trust: database.trust)
        workersTimeLimit = live.waitForWorkers.value
    }
}
