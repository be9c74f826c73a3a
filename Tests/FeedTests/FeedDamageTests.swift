import Foundation
import Glibc
import SamplePlane
import TestSupport
import Testing

@testable import Feed

/// Damaged feeds in every format: no crash, no hang, and never an entry that the feed did not hold.
@Suite struct FeedDamageTests {
    /// What this thread has computed. A busy machine does not lengthen it.
    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test(.timeLimit(.minutes(30)), arguments: FeedFormat.allCases)
    func `the parsers stand any damage`(format: FeedFormat) throws {
        var random = SplitMix64(seed: UInt64(format.rawValue.utf8.count) &* 977)
        let count = runsLongTests ? 400_000 : 2_000
        var (accepted, entries) = (0, 0)
        var longest = 0.0
        let began = Date()
        for _ in 0..<count {
            let bytes = FeedDamage.draw(&random, for: format.rawValue)
            let start = Self.processorSeconds
            // Only what is accepted is of interest here; where a refusal points is another test's matter.
            let feed = try? Feed(parsing: bytes, as: format, path: "feed")
            longest = max(longest, Self.processorSeconds - start)
            guard let feed else { continue }
            accepted += 1
            entries += feed.entries.count
            #expect(feed.entries.count <= FeedDamage.mostEntries(in: bytes, as: format.rawValue))
            let invented = FeedDamage.invented(feed.entries.map(\.email), in: bytes, as: format.rawValue)
            #expect(invented.isEmpty, "\(invented) in \(bytes)")
        }
        print(
            "fuzzing \(format.rawValue): \(count) feeds, \(accepted) accepted with \(entries) entries,"
                + " longest \(Int(longest * 1_000)) ms; \(Int(Date().timeIntervalSince(began))) s")
        #expect(accepted > 0 && longest < 2)
    }
}
