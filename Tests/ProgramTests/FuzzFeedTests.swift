import Foundation
import SamplePlane
import TestSupport
import Testing

/// Damaged feeds: the program ends as it should, and never plans for anybody whom the feed did not name.
@Suite struct FuzzFeedTests {
    @Test func `the program stands any damage and plans for nobody else`() throws {
        let template = try BrokenTemplate.standard.get()
        var random = SplitMix64(seed: 11)
        try withBrokenBench(template) { bench in
            var statuses: [Int32: Int] = [:]
            let count = runsLongTests ? 300 : 16
            for index in 0..<count {
                let format = FeedDamage.formats[index % FeedDamage.formats.count]
                // Every second one is a feed that names accounts of this database.
                let bytes =
                    index % 2 == 0
                    ? FeedDamage.draw(&random, for: format) : FeedDamage.damaged(Array(template.feed.utf8), &random)
                let feed = bench.folder + "/fuzz." + (index % 2 == 0 ? format : "csv")
                try bench.put(Data(bytes), at: feed)
                let child = try bench.startProgram(
                    ["plan", feed] + bench.arguments().dropFirst(2) + ["--json", "--log-level", "critical"])
                try child.wait()
                guard case .exited(let status) = child.state else {
                    Issue.record("\(child.state): \(bytes)")
                    continue
                }
                statuses[status, default: 0] += 1
                #expect([0, 1, 2, 65].contains(status), "\(status): \(bytes)")
                if status != 65 {
                    let emails = try Self.emails(inPlan: child.output)
                    let format = index % 2 == 0 ? format : "csv"
                    #expect(FeedDamage.invented(emails, in: bytes, as: format).isEmpty, "\(bytes)")
                }
                try FileManager.default.removeItem(atPath: child.outputPath)
            }
            #expect(statuses.values.reduce(0, +) == count && statuses.count > 1)
            #expect(try Data(contentsOf: URL(filePath: bench.database)) == template.database)
            #expect(try bench.configs() == template.configs)
            #expect(!FileManager.default.fileExists(atPath: bench.reports))
            print("fuzzing the program: \(count) feeds, exit statuses \(statuses)")
        }
    }

    private static func emails(inPlan text: String) throws -> [String] {
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let entries = try #require(document?["entries"] as? [[String: Any]])
        return entries.compactMap { $0["email"] as? String }
    }
}
