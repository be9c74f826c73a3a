import Foundation
import Glibc
import SamplePlane
import Support

/// An inbox in the folder of a sample, and what became of the feeds in it.
extension ControlPlaneFolder {
    var inbox: String { path("inbox") }

    /// Makes the inbox with these feeds, written an hour ago and later in this order.
    func makeInbox(_ feeds: [(name: String, text: String)]) throws {
        try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
        // Whatever the umask is where the tests run.
        chmod(inbox, 0o755)
        let now = Int64(Date().timeIntervalSince1970)
        for (index, feed) in feeds.enumerated() {
            try write(feed.text, to: "inbox/" + feed.name)
            touch("inbox/" + feed.name, UTCTime(seconds: now - 3_600 + Int64(index)))
        }
    }

    /// A feed that ends these accounts.
    func feed(ending accounts: some Sequence<SampleAccount>) -> String {
        "email,status\n" + accounts.map { $0.email + ",cancelled\n" }.joined()
    }

    /// Begins to work on the inbox, and ends, unless a test interrupts it.
    func startInbox(_ options: [String] = [], environment: [String: String] = [:]) throws -> ProgramProcess {
        try ProgramProcess(
            Program.path, ["run", "--inbox", inbox] + places + ["--no-apply"] + options, environment: environment)
    }

    func runInbox(_ options: [String] = [], environment: [String: String] = [:]) throws -> ProgramResult {
        try startInbox(options, environment: environment).end()
    }

    /// What lies in the inbox and below, with run ids as `ID` and other marks as `TIME`.
    func inboxContent() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: inbox)
            .map {
                $0.replacing(#/\d{8}T\d{6}Z-[0-9a-f]{8}/#, with: "ID").replacing(#/\d{8}T\d{6}Z/#, with: "TIME")
            }
            .filter { !["done", "failed", "held"].contains($0) }.sorted()
    }

    /// The value of a sample in the metrics file: `wg_reconcile_accounts{outcome="removed"}`.
    func metric(_ sample: String) throws -> Double? {
        try read("job.prom").split(separator: "\n").first { $0.hasPrefix(sample + " ") }
            .flatMap { Double($0.dropFirst(sample.count + 1)) }
    }
}
