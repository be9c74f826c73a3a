import Foundation
import Testing

/// What a check found, and that it left the sample as it was.
struct Check {
    struct Finding: Equatable {
        var level: String
        var subject: String
        var detail: String
        var advice: String?
    }

    enum Programs: Sendable { case none, withPrograms }
    enum Traces { case none, anything }

    var status: Int32
    var findings: [Finding]

    /// - Parameters:
    ///   - options: in place of those of the sample; a first word without dashes is the feed.
    ///   - path: whether `wg` and the other programs are found.
    ///   - looksAtInterfaces: whether it is asked to look at live interfaces where it cannot.
    init(
        _ plane: ControlPlaneFolder, _ options: [String] = [], environment: [String: String] = [:],
        path: Programs = .none, looksAtInterfaces: Bool = false, leaves traces: Traces = .none,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let hasFeed = options.first.map { !$0.hasPrefix("--") } ?? false
        let feed = hasFeed ? options[0] : "feed.csv"
        let isInbox = options.contains("--inbox")
        let rest = plane.places(overriddenBy: Array(options.dropFirst(hasFeed ? 1 : 0)))
        // Outside the sample, whose content is compared.
        let programs = NSTemporaryDirectory() + "wg-reconcile-programs-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: programs) }
        for name in path == .none ? [] : ["wg", "wg-quick", "ip", "nsenter"] {
            try FileManager.default.createSymbolicLink(atPath: programs + "/" + name, withDestinationPath: "/bin/true")
        }
        let leavesAlone = path == .none && !looksAtInterfaces && !options.contains("--no-apply")
        let before = try plane.fingerprint()
        let result = try Program.run(
            ["check"] + (leavesAlone ? ["--no-apply"] : [])
                + (isInbox ? [] : [feed.contains("/") || feed == "-" ? feed : plane.path(feed)]) + ["--json"]
                + rest,
            environment: environment.merging(["PATH": programs]) { $1 })
        // A folder in which a file was made and deleted has another time, and nothing else.
        let after = try plane.fingerprint()
        let changed = after.names(changedSince: before).filter { name in
            after.items[name]?.kind != "folder" || before.items[name] == nil
        }
        if traces == .none { #expect(changed == [], sourceLocation: sourceLocation) }
        let document = try JSONObject(result.stdout)
        status = try #require(result.status)
        let told: Int = try document.value("exit_status")
        #expect(told == Int(status), sourceLocation: sourceLocation)
        findings = try document.objects("findings").map {
            Finding(
                level: try $0.value("level"), subject: try $0.value("subject"), detail: try $0.value("detail"),
                advice: $0.members["advice"] as? String)
        }
    }

    func contains(_ level: String, _ subject: String, _ words: String) -> Bool {
        findings.contains {
            $0.level == level && $0.subject == subject && (words.isEmpty || $0.detail.contains(words))
        }
    }
}
