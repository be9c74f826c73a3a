import ArgumentParser
import Report

extension ReportArgument: ExpressibleByArgument {
    package init?(argument: String) { self.init(parsing: argument) }
}

/// Names of hosts, separated by commas.
struct HostNames: DescribedValue {
    static let accepted = "the name of a host, or several separated by commas"

    var names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard !names.contains("") else { return nil }
    }
}

/// The options of `merge`.
struct MergeOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            """
            A report.json, or the folder of a run. NAME=REPORT gives the name of the host, if the host calls itself \
            something else.
            """, valueName: "report"))
    var reports: [ReportArgument] = []

    @Option(
        help: ArgumentHelp(
            "A host that should have reported, or several separated by commas; can be repeated.",
            valueName: "host"))
    var expect: [HostNames] = []

    @Option(
        help: ArgumentHelp(
            "The feed; a report of another feed counts as missing. (default: all must be of the same feed)",
            valueName: "file"))
    var feed: String?

    @Option(help: ArgumentHelp("The folder for the merged report, which gets a subfolder.", valueName: "dir"))
    var reportDir: String?

    var resolved: Merge.Options {
        var options = Merge.Options(reports: reports, programVersion: ProgramVersion.current)
        options.expected = expect.flatMap(\.names)
        options.feedPath = feed
        options.reportDirectory = reportDir
        return options
    }
}
