import Foundation
import Testing

/// What the program of `--on-finish` gets on standard input.
struct HookSummary: Decodable {
    struct Failure: Decodable {
        var text: String
        var `try`: String
    }

    struct Report: Decodable {
        var path: String
        var run: String
        var feed: String?
        var stoppedBy: String?
        var needsAttention: Int
        var counts: [String: Int]
    }

    var command: String
    var exitStatus: Int32
    var error: Failure?
    var needsAttention: Int
    var tunnelsUp: Int?
    var tunnelsUnseen: Int?
    var reports: [Report]
}

/// Programs for `--on-finish` in the folder of a sample.
extension ControlPlaneFolder {
    /// Writes a script that only its owner may write.
    ///
    /// - Returns: the options that name it.
    func hook(_ script: String, mode: mode_t = 0o755) throws -> [String] {
        ["--on-finish", try write("#!/bin/sh\n" + script + "\n", to: "hook", mode: mode)]
    }

    /// A program that keeps what it gets: a line in `calls`, and `summary.json`.
    func recordingHook(_ more: String = "") throws -> [String] {
        try hook(
            """
            printf '%s %s %s\\n' "$RECONCILE_COMMAND" "$RECONCILE_EXIT_STATUS" \
            "$(printf %s "$RECONCILE_REPORTS" | tr '\\n' ,)" >>'\(path("calls"))'
            cat >'\(path("summary.json"))'
            \(more)
            """)
    }

    /// An example of `jobs/hooks`, as the package installs it.
    func exampleHook(_ name: String) throws -> [String] {
        ["--on-finish", try write(JobFiles.read("hooks/" + name), to: name, mode: 0o755)]
    }

    /// The calls of the recording program: command, exit status, reports.
    func calls() throws -> [[String]] {
        guard exists("calls") else { return [] }
        return try read("calls").split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        }
    }

    func summary() throws -> HookSummary {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(HookSummary.self, from: Data(read("summary.json").utf8))
    }
}
