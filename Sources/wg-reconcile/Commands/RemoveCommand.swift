import ArgumentParser
import Feed
import Reconcile
import Support

struct RemoveCommand: ReportingCommand, FinishingCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove accounts now, by their emails.",
        discussion: """
            Does what `run` does with a feed that names these accounts: the same plan, guards, journal, configs and \
            report. On a terminal it shows the plan and asks for confirmation. Deferred removals wait for the next run \
            of a feed.

            EXAMPLES
              wg-reconcile remove ada@example.com
              wg-reconcile remove ada@example.com --yes --json

            EXIT STATUS
            \(ExitStatus.table)
            """)

    @Argument(help: ArgumentHelp("The emails of the accounts.", valueName: "email"))
    var emails: [String]

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup var reports: ReportOptions
    @OptionGroup(title: "Guards") var guards: RemovalGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup(title: "Removed accounts") var archive: ArchiveOptions
    @OptionGroup var pace: PaceOptions

    @Flag(help: "Print the plan and change nothing.")
    var dryRun = false

    @Flag(
        help: """
            Print JSON, for programs, and nothing else: the response of the endpoint for the account, in an array for \
            several; with --dry-run the plan.
            """)
    var json = false

    @OptionGroup var consent: ConsentOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        if dryRun { try printPlan(resolved(), console) }
        try console.reportingErrors(of: call) { call in
            let finished = try remove(console)
            call.add(finished)
            try console.show(finished, as: json ? .responses(isList: emails.count > 1) : .summaryOnTerminal)
            return finished.exitStatus
        }
    }

    private func resolved() throws -> Reconciliation.Options {
        try MissingOptions.require(required(reports: !dryRun))
        var options = settled(.named(NamedAccounts(emails.uniqued)))
        guards.apply(to: &options, allowsUnsafePermissions: database.allowUnsafePermissions)
        archive.apply(to: &options)
        pace.apply(to: &options)
        return options
    }

    private func remove(_ console: Console) throws -> FinishedRun {
        var options = try resolved()
        if !consent.yes {
            guard let confirmation = Confirmation(console) else { throw NobodyToAsk() }
            let planned = try console.withSurroundings { try Reconciliation(options, $0).plan() }
            // No question is asked if a guard stops the plan, or if the plan removes nobody.
            if planned.objection == nil && !planned.plan.targets.isEmpty {
                guard try confirmation.isGiven(for: planned) else { throw NotConfirmed() }
            } else if planned.objection == nil {
                confirmation.show(planned)
            }
            options.guards.confirmed = planned.plan.content.digest
        }
        return try console.withSurroundings { try Reconciliation(options, $0).run() }
    }

    private func printPlan(_ options: Reconciliation.Options, _ console: Console) throws -> Never {
        let planned = try console.withSurroundings { try Reconciliation(options, $0).plan() }
        try console.show(planned, asJSON: json)
        throw ExitCode(planned.exitStatus.rawValue)
    }
}

/// Whether the operator agrees to a removal. Nobody can agree once for all calls, so it is for the command line only.
struct ConsentOptions: CommandLineOnly {
    @Flag(help: "Do not ask. Needed where standard input or standard error is no terminal.")
    var yes = false
}

extension [String] {
    /// Each once, in the order in which they come first. A name that is given twice on the command line means one
    /// account.
    var uniqued: [String] {
        var known: Set<String> = []
        return filter { known.insert($0).inserted }
    }
}
