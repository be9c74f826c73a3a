import ArgumentParser

/// What a run shows: the plan only, a summary, or its result for a program.
struct RunEndOptions: ParsableArguments {
    @Flag(help: "Print the plan and change nothing; the same as `plan`.")
    var dryRun = false

    @Flag(
        help: """
            Do everything but the removal: check, plan, guards, a report in rehearsals/ of the report folder, metrics. \
            Database, configs and inbox stay as they are.
            """)
    var rehearse = false

    @Flag(help: "Print the readable summary also where there is no terminal.")
    var summary = false

    @Flag(
        help: """
            Print JSON, for programs, and nothing else: the plan, or the report.json of each run, one after the other.
            """)
    var json = false

    var form: ResultForm { json ? .report : summary ? .summary : .summaryOnTerminal }

    /// - Throws: ``ConflictingOptions``.
    func requireOneForm() throws {
        if json && summary { throw ConflictingOptions(option: "json", other: "summary") }
    }
}
