import ArgumentParser
import Report
import SamplePlane
import WireGuard

struct MergeCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Merge the reports of several hosts into one.",
        discussion: """
            Each entry of the feed gets one outcome: removed if any host removed it, already_absent if no host had it. \
            If a host refused an entry, failed at it or did not process it, that outcome counts, and errors names the \
            host. If a host that --expect names has not reported, every entry that was due is unprocessed.

            EXAMPLE
              wg-reconcile merge vpn1/report.json vpn2/report.json --expect vpn1,vpn2,vpn3 --report-dir merged

            EXIT STATUS
              0  every host has reported, and every entry is removed, already absent, skipped or a duplicate
              1  a host did not report, was stopped or has problems with its configs, or some entry needs attention
              2  a guard stopped a host
             64  wrong usage, such as two runs of one host, or a host that --expect does not name
             65  a report is incomplete, or the reports are of different feeds; nothing was written
             66  a report is missing
             73  the merged report cannot be written
             74  input/output error, or the disk is full
             77  not permitted
            """)

    @OptionGroup var options: MergeOptions

    @Flag(help: "Print the merged report.json instead of the summary.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        let takeJSON: (([UInt8]) throws -> Void)? = json ? { try console.write($0) } : nil
        let finished = try console.withSurroundings { surroundings in
            try Merge(options.resolved, surroundings).perform(takeJSON: takeJSON)
        }
        try console.show(finished, wantsSummary: !json)
        throw ExitCode(finished.exitStatus.rawValue)
    }
}
