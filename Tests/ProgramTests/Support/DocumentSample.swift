import Foundation
import TestSupport

/// A command in a `console` block of a document, with the output that the document shows.
///
/// ```console
/// $ wg-reconcile plan feed.csv …
/// what the program prints
/// ```
///
/// A line that begins with `> ` continues the command. In the output, a line `…` stands for any number of lines, and `…`
/// within a line for any text. What has to happen before a sample, and is not for readers, is in a comment:
///
/// ```html
/// <!-- before the sample:
/// mkdir inbox
/// -->
/// ```
struct DocumentSample {
    var command: String
    var output: [String]
    /// Whether the output is to be as the document shows it.
    var isShown: Bool
    /// Where the output is among the lines of the document.
    var range: Range<Int>

    static func all(in document: Document) throws -> [DocumentSample] {
        enum Place { case text, block, comment }
        var (samples, place) = ([DocumentSample](), Place.text)
        for (index, line) in try document.lines.enumerated() {
            switch (place, line) {
            case (.text, "```console"): place = .block
            case (.block, "```"): place = .text
            case (.text, "<!-- before the sample:"):
                place = .comment
                samples.append(DocumentSample(command: "set -e", output: [], isShown: false, range: index..<index))
            case (.comment, "-->"): place = .text
            case (.comment, let line): samples[samples.count - 1].command += "\n" + line
            case (.block, let line) where line.hasPrefix("$ "):
                samples.append(
                    DocumentSample(
                        command: String(line.dropFirst(2)), output: [], isShown: true, range: index + 1..<index + 1))
            case (.block, let line) where line.hasPrefix("> ") && samples.last?.output == []:
                samples[samples.count - 1].command += "\n" + line.dropFirst(2)
                samples[samples.count - 1].range = index + 1..<index + 1
            case (.block, let line):
                samples[samples.count - 1].output.append(line)
                samples[samples.count - 1].range = samples[samples.count - 1].range.lowerBound..<index + 1
            case (.text, _): break
            }
        }
        return samples
    }

    /// Whether the document shows this output, times, ids and the like apart.
    func matches(_ printed: [String]) -> Bool { Self.matches(output, printed) }

    /// The output as the document should show it now. Lines that still match stay as they are, and so does what is left
    /// out between two of them.
    func output(updatedTo printed: [String]) -> [String] {
        var (updated, rest, leavesOut) = ([String](), printed[...], false)
        func skipped(_ lines: ArraySlice<String>) -> [String] { leavesOut && !lines.isEmpty ? ["…"] : Array(lines) }
        for line in output {
            if line == "…" {
                leavesOut = true
            } else if let index = rest.firstIndex(where: { Self.matches([line], [$0]) }) {
                updated += skipped(rest[..<index]) + [line]
                (rest, leavesOut) = (rest[(index + 1)...], false)
            }
        }
        return updated + skipped(rest)
    }

    private static func matches(_ shown: [String], _ printed: [String]) -> Bool {
        let pattern = shown.map { line in
            let text = NSRegularExpression.escapedPattern(for: withoutVariables(line))
            return line == "…" ? "(?:.*\n)*" : text.replacing("…", with: ".*") + "\n"
        }
        let text = printed.map { withoutVariables($0) + "\n" }.joined()
        return text.range(of: "\\A" + pattern.joined() + "\\z", options: .regularExpression) != nil
    }

    /// The line without what is another in each run, or on each machine.
    private static func withoutVariables(_ line: String) -> String {
        line.replacing(#/\d{8}T\d{6}Z-[0-9a-f]{8}/#, with: "RUN")
            .replacing(#/\d{8}T\d{6}Z/#, with: "TIME")
            .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#, with: "TIME")
            .replacing(#/\d{4}-\d\d-\d\d/#, with: "DATE")
            .replacing(#/\b([0-9a-f]{64}|[0-9a-f]{32})\b/#, with: "DIGEST")
            .replacing(#/Run RUN on \S+:/#, with: "Run RUN on HOST:")
            .replacing(#/\bin \d+ m?s\b/#, with: "in DURATION")
            .replacing(#/(_seconds) [\d.]+/#) { "\($0.1) N" }
            .replacing(#/[\d.]+ [kMGT]B\b/#, with: "SIZE")
            .replacing(#/user \S+ \(\d+\)/#, with: "user NAME")
    }
}
