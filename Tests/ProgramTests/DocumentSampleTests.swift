import Foundation
import Glibc
import TestSupport
import Testing

/// What the documents show of the program is what it prints.
///
/// With `WG_RECONCILE_WRITE_SAMPLES=1` it writes what the program prints into the documents. Look at the difference before
/// you commit it.
@Suite("Documents: samples")
struct DocumentSampleTests {
    private static let writes = ProcessInfo.processInfo.environment["WG_RECONCILE_WRITE_SAMPLES"] == "1"

    private static let documents = Document.all.filter { document in
        // One that cannot be read fails in the tests of all documents.
        ((try? DocumentSample.all(in: document)) ?? []).contains { $0.isShown }
    }

    @Test func `README and articles have samples`() {
        let paths = Self.documents.map(\.path)
        #expect(paths.contains("README.md") && paths.contains("jobs/README.md"))
        #expect(paths.count >= 8)
    }

    @Test(arguments: documents)
    func `the program prints what the document shows`(document: Document) throws {
        try withShell { shell in
            var written = try document.lines
            let samples = try DocumentSample.all(in: document)
            let printed = try samples.map(shell.run)
            // From the last one on, so that the lines before keep their numbers.
            for (sample, printed) in zip(samples, printed).reversed() where sample.isShown && !sample.matches(printed) {
                if Self.writes {
                    written.replaceSubrange(sample.range, with: sample.output(updatedTo: printed))
                } else {
                    Issue.record("$ \(sample.command)\n\(printed.joined(separator: "\n"))")
                }
            }
            if Self.writes { try Data(written.joined(separator: "\n").utf8).write(to: document.url) }
        }
    }

    @Test func `an output that is another does not match`() {
        func matches(_ shown: String..., printed: String...) -> Bool {
            DocumentSample(command: "", output: shown, isShown: true, range: 0..<0).matches(printed)
        }
        #expect(matches("a", "b", printed: "a", "b"))
        #expect(!matches("a", "b", printed: "a", "c"))
        #expect(!matches("a", printed: "a", "b"))
        #expect(!matches("a", "b", printed: "a"))
        #expect(matches("a", "…", "d", printed: "a", "b", "c", "d"))
        #expect(!matches("a", "…", "d", printed: "a", "b", "c"))
        #expect(matches("a … d", printed: "a b c d") && !matches("a … d", printed: "a b c"))
        #expect(matches("in 3 s on 2026-11-23", printed: "in 12 s on 2026-12-24"))
        #expect(!matches("3 instances", printed: "4 instances"))
    }

    @Test func `an updated output keeps what still matches, and what is left out`() {
        let sample = DocumentSample(command: "", output: ["a", "…", "d … f", "g"], isShown: true, range: 0..<0)
        #expect(sample.output(updatedTo: ["a", "b", "c", "d e f", "h"]) == ["a", "…", "d … f", "h"])
        #expect(sample.output(updatedTo: ["A", "d f"]) == ["…"])
    }

    private func withShell(_ body: (Shell) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "wg-reconcile-document-" + UUID().uuidString
        for name in ["bin", "work"] {
            try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what cannot be deleted stays in /tmp
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/bin/wg-reconcile", withDestinationPath: Program.path)
        try body(Shell(folder: folder))
    }
}

/// Runs the commands of a document one after the other, as somebody would who types them on a terminal.
private struct Shell {
    /// Holds the program, and the folder that the commands begin in.
    let folder: String

    private var place: String { folder + "/place" }

    /// - Returns: the lines that the command prints.
    func run(_ sample: DocumentSample) throws -> [String] {
        let script = """
            umask 022
            cd "$(cat '\(place)' 2>/dev/null || echo '\(folder)/work')"
            \(sample.command)
            status=$?
            pwd >'\(place)'
            exit $status
            """
        // Wide enough that no line is cut; without colours, which a document does not show.
        let result = try ProgramProcess(
            "sh", ["-c", script], environment: ["PATH": folder + "/bin:/usr/bin:/bin", "NO_COLOR": "1"],
            output: .terminal(columns: 400)
        ).end()
        if !sample.isShown { #expect(result.status == 0, "\(sample.command)\n\(result.stdout)") }
        // What the progress bar has drawn over: everything before it clears the line.
        let printed = result.stdout.replacing("\r\n", with: "\n").replacing(#/[^\n]*\r\u{1B}\[K/#, with: "")
        return printed.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}
