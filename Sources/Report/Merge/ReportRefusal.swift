import ControlPlane
import Feed
import Glibc
import Journal
import Support

/// A report that cannot be merged. Nothing was written.
package struct ReportRefusal: ExplainedError, Hashable {
    /// The path of the report.
    package var path: String
    package var flaw: ReportFlaw
    /// The line of the file, from 1; nil where the error is about the report as a whole.
    package var line: Int?

    init(_ path: String, _ flaw: ReportFlaw, line: Int? = nil) {
        self.path = path
        self.flaw = flaw
        self.line = line
    }

    package var operation: String { "merge the report" }
    package var subject: String { path }
    package var cause: String { (line.map { "line \($0): " } ?? "") + flaw.text }
    package var hint: String { flaw.hint }
    package var exitStatus: ExitStatus { .feedNotWhole }
}

/// What is wrong with a report.
package struct ReportFlaw: Error, Hashable {
    package var text: String
    package var hint: String

    private init(_ text: String, hint: String) {
        self.text = text
        self.hint = hint
    }

    private static let copyAgain = "copy report.json from its host again, as wg-reconcile wrote it"

    static func notWhole(_ text: String) -> ReportFlaw { ReportFlaw(text, hint: copyAgain) }

    static let truncated = notWhole("the report ends before it is complete")

    static func missing(_ member: String) -> ReportFlaw { notWhole("\(member) is missing") }

    static func wrong(_ member: String, expected: String) -> ReportFlaw { notWhole("\(member) is not \(expected)") }

    static func unknownVersion(_ version: String) -> ReportFlaw {
        ReportFlaw(
            "report_version is \(version); this program knows \(ReportDocument.version)",
            hint: "merge with the version of wg-reconcile that wrote it, or a later one")
    }

    static let alreadyMerged = ReportFlaw(
        "it is a merged report", hint: "give the reports of the hosts that it was merged from")

    static let rehearsal = ReportFlaw(
        "it is of a rehearsal, which removed nothing", hint: "give the report of a run")

    static func otherFeed(_ run: ReportedRun, than first: HostReport) -> ReportFlaw {
        ReportFlaw(
            "it is of another feed, SHA-256 \(run.feed.sha256 ?? "none"), than \(first.path), SHA-256 \(first.run.feed.sha256 ?? "none")",
            hint: "merge reports of one feed; --feed FILE chooses the feed and leaves out the other reports")
    }

    static func otherEntry(_ number: Int, than first: HostReport) -> ReportFlaw {
        ReportFlaw(
            "entry \(number) differs from \(first.path), although both are of the same feed",
            hint: "run the same version of wg-reconcile on all hosts; otherwise, " + copyAgain)
    }
}

/// A report that is missing or cannot be read.
package struct ReportUnreadable: ExplainedError, Hashable {
    package var failure: FileFailure

    init(_ failure: FileFailure) { self.failure = failure }

    package var operation: String { "read the report" }
    package var subject: String { failure.path }
    package var cause: String { failure.code == EISDIR ? "it is not a file" : failure.reason }

    package var hint: String {
        if failure.isNotPermitted { return "run it as a user who may read the report" }
        if exitStatus == .feedMissing {
            return "name a report.json or the folder of a run; for a host without a report, give only --expect"
        }
        return "check the disk that the report is on"
    }

    package var exitStatus: ExitStatus {
        if failure.isNotPermitted { return .notPermitted }
        return [ENOENT, ENOTDIR, EISDIR].contains(failure.code) ? .feedMissing : .inputOutput
    }
}

/// Reports that do not belong together.
package struct ReportsDisagree: ExplainedError, Hashable {
    package var subject: String
    package var cause: String
    package var hint: String
    package var exitStatus: ExitStatus

    package var operation: String { "merge" }

    static let nothingToMerge = ReportsDisagree(
        subject: "reports", cause: "none was given", hint: "name the report.json of each host, or its folder",
        exitStatus: .usage)

    static func noneOfThisFeed(_ path: String) -> ReportsDisagree {
        ReportsDisagree(
            subject: "reports of the feed \(path)", cause: "none of those given is of this feed",
            hint: "find out why no host has reported on it", exitStatus: .feedNotWhole)
    }

    static func sameHost(_ a: HostReport, _ b: HostReport) -> ReportsDisagree {
        ReportsDisagree(
            subject: "two reports of \(a.name)",
            cause: "\(a.path) is of the run \(a.run.id), \(b.path) of the run \(b.run.id)",
            hint: "give the report of one run for each host; if two hosts have the same name, give each its own: "
                + "NAME=REPORT",
            exitStatus: .usage)
    }

    static func sameRunDiffers(_ a: HostReport, _ b: HostReport) -> ReportsDisagree {
        ReportsDisagree(
            subject: "two reports of \(a.name)",
            cause: "\(a.path) and \(b.path) are of the same run, \(a.run.id), and differ",
            hint: "give the one that is on the host now", exitStatus: .feedNotWhole)
    }

    static func sameRun(_ a: HostReport, _ b: HostReport) -> ReportsDisagree {
        ReportsDisagree(
            subject: "the reports of \(a.name) and \(b.name)",
            cause: "\(a.path) and \(b.path) are of the same run, \(a.run.id)",
            hint: "one of the two hosts has not reported: leave its report out, and name it with --expect",
            exitStatus: .usage)
    }

    static func unexpected(_ report: HostReport, expected: [String]) -> ReportsDisagree {
        ReportsDisagree(
            subject: "the report \(report.path)",
            cause: "it is of \(report.name), and --expect names only \(expected.joined(separator: ", "))",
            hint: "name the host with --expect too, or give the right name: NAME=REPORT", exitStatus: .usage)
    }
}
