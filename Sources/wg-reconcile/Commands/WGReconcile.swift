import ArgumentParser
import Glibc
import Report
import Support

@main
struct WGReconcile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wg-reconcile",
        abstract: "Removes ended accounts from the database of wireguard_webadmin, every night.",
        discussion: """
            Reads a feed of ended accounts (CSV, JSON or JSON Lines), removes everything that belongs to each of them \
            from the application's SQLite database, brings the WireGuard configs up to date once at the end, and \
            writes a report with a result for every entry.

            EXAMPLE
              wg-reconcile plan feed.csv --database db.sqlite3 --wireguard-dir /etc/wireguard
              wg-reconcile run  feed.csv --database db.sqlite3 --wireguard-dir /etc/wireguard --report-dir reports

            CONFIGURATION
              Every option can be given as a variable: --report-dir as WG_RECONCILE_REPORT_DIR, the feed as \
            WG_RECONCILE_FEED, a flag as WG_RECONCILE_DRY_RUN=1; or in the file that --config names, a JSON object \
            such as { "report-dir": "/var/lib/wg-reconcile/reports", "max-removals": 200 }. The command line takes \
            precedence over the environment, and the environment over the file.

            EXIT STATUS
            \(ExitStatus.table)
            """,
        version: ProgramVersion.current,
        subcommands: [
            RunCommand.self, PlanCommand.self, RemoveCommand.self, CheckCommand.self, RegenerateCommand.self,
            HistoryCommand.self,
            RestoreCommand.self, ForgetCommand.self, DeferredCommand.self,
            MergeCommand.self, SignCommand.self, SchemaCommand.self, SampleCommand.self,
        ]
    )

    static func main() {
        // ArgumentParser would only say that the argument is unexpected.
        if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), !commandNames.contains(word) {
            let nearest = NearestName(to: word, among: commandNames)
            let suggestion =
                if let nearest, nearest.isClose {
                    "Did you mean '\(nearest.name)'?"
                } else {
                    "The subcommands are \(commandNames.joined(separator: ", "))."
                }
            exit(withError: ValidationError("There is no subcommand '\(printable(word))'. \(suggestion)"))
        }
        main(nil)
    }

    private static var commandNames: [String] { configuration.subcommands.map { $0._commandName } + ["help"] }
}

enum ProgramVersion {
    static let current = "0.1.0"
}

extension ExitStatus {
    /// Every status with its meaning, for `--help`, which would not indent what continues on another line.
    static var table: String {
        let width = StandardError.columns(of: STDOUT_FILENO)
        return allCases.flatMap { status in
            ("  " + String(status.rawValue).padded(to: 2, alignedRight: true) + "  " + status.meaning)
                .lineWrapped(to: width, indent: 6)
        }.joined(separator: "\n")
    }
}
