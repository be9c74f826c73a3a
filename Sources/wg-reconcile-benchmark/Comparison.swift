import ArgumentParser
import Foundation
import Report
import WireGuard

/// The whole comparison, table by table.
struct Comparison: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "compare", abstract: "Print all tables (the default).")

    @Flag(help: "Small numbers: says whether the benchmark works, and little about speed.")
    var quick = false

    @Option(help: "How often each thing is measured; the tables show medians.")
    var rounds: Int?

    @Option(help: "Of everything that is made up.")
    var seed: UInt64 = 1

    @Option(help: "Where to work; needs some gigabytes. (default: the folder for temporary files)")
    var folder: String?

    @Option(help: "Only these tables: removal, script, growth, sessions, feed, configs, report, writers.")
    var only: [Measurement] = []

    func run() throws {
        let scale = quick ? Scale.quick : .full
        let bench = try Bench(in: folder, seed: seed, rounds: max(1, rounds ?? scale.rounds))
        defer { bench.clear() }
        say(Machine.description)
        say("The median of \(bench.rounds) runs each, taken in turns; seed \(seed).")
        for measurement in only.isEmpty ? Measurement.allCases : only {
            say("\n" + (try measurement.measured(bench, scale)).text)
        }
    }

    /// Prints at once, even where the output goes to a file, because a comparison takes minutes.
    private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}

/// A table of the comparison.
enum Measurement: String, CaseIterable, ExpressibleByArgument {
    case removal, script, growth, sessions, feed, configs, report, writers

    func measured(_ bench: Bench, _ scale: Scale) throws -> Table {
        switch self {
        case .removal: try RemovalAgainstLimit(bench: bench, scale: scale).table()
        case .script: try RemovalAgainstScript(bench: bench, scale: scale).table()
        case .growth: try GrowthWithSize(bench: bench, scale: scale).table()
        case .sessions: try SessionDecoding(bench: bench, scale: scale).table()
        case .feed: try FeedReading(bench: bench, scale: scale).table()
        case .configs: try ConfigWriting(bench: bench, scale: scale).table()
        case .report: try ReportWriting(bench: bench, scale: scale).table()
        case .writers: try WaitsOfOtherWriters(bench: bench, scale: scale).table()
        }
    }
}
