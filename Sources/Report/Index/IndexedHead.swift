import Foundation
import Journal
import Support

/// What the index says of a report, read from the beginning of its `report.json`.
struct IndexedHead: Sendable {
    var host: String
    /// As the report gave it; nil where an earlier version of the program wrote the report.
    var exitStatus: Int?
    var headline: String?
    var needingAttention: Int?
    var newlyNeedingAttention: Int?
    /// Whether something ended the run early.
    var isStopped: Bool
    /// The entries of the feed, and deferred removals, by outcome.
    var counts: [Outcome: Int]

    var entries: Int { counts.values.reduce(0, +) }
    var removed: Int { counts[.removed, default: 0] + counts[.partiallyRemoved, default: 0] }
    /// How many entries have an outcome that needs attention, for a report that does not count them itself.
    var attention: Int {
        needingAttention ?? Outcome.allCases.filter(\.needsAttention).reduce(0) { $0 + counts[$1, default: 0] }
    }
}

/// Why the index does not show what a report says.
struct UnlistedReport: Error {
    /// In a few words.
    var reason: String

    init(_ reason: String) { self.reason = reason }

    init(_ failure: FileFailure) { reason = "cannot be read: \(failure.reason)" }
}

extension IndexedHead {
    /// A report whose list of accounts begins later is not read.
    private static let longest = 4 << 20
    private static let portion = 1 << 16
    private static let accounts = Data("\n  \"accounts\": [".utf8)

    /// - Parameter folder: The folder of a run.
    init(in folder: OpenFolder) throws(UnlistedReport) {
        self = try Self(document: Self.document(in: folder))
    }

    /// The document with its accounts left out.
    private static func document(in folder: OpenFolder) throws(UnlistedReport) -> Data {
        do throws(FileFailure) {
            let file = try OpenFile.toRead(ReportFolder.document, in: folder)
            var head = Data()
            while head.count < longest {
                let more = try file.read(atMost: portion)
                if more.isEmpty { break }
                let begin = max(0, head.count - accounts.count)
                head += more
                if let found = head.range(of: accounts, in: begin..<head.count) {
                    return head[..<found.lowerBound] + Data("\n\"accounts\": []}".utf8)
                }
            }
        } catch {
            throw UnlistedReport(error)
        }
        throw UnlistedReport("is damaged, or from another program")
    }

    private init(document: Data) throws(UnlistedReport) {
        let decoder = JSONDecoder()
        guard let version = try? decoder.decode(ReportedVersion.self, from: document).number else {
            throw UnlistedReport("is damaged, or from another program")
        }
        guard version == ReportDocument.version else {
            throw UnlistedReport("is from another version of the program (report_version \(version))")
        }
        // What is wrong with it is for `merge` to say; here it is one of many.
        guard let read = try? decoder.decode(Document.self, from: document) else {
            throw UnlistedReport("is damaged, or from another version of the program")
        }
        let (run, summary) = (read.run, read.summary)
        self.init(
            host: run.host, exitStatus: run.exitStatus, headline: run.headline,
            needingAttention: summary.needingAttention, newlyNeedingAttention: summary.newlyNeedingAttention,
            isStopped: run.stoppedBy != nil, counts: summary.counts)
    }

    private struct Document: Decodable {
        var run: Run
        var summary: Summary
    }

    private struct Run: Decodable {
        var host: String
        var exitStatus: Int?
        var headline: String?
        var stoppedBy: String?

        enum CodingKeys: String, CodingKey {
            case host, headline
            case exitStatus = "exit_status"
            case stoppedBy = "stopped_by"
        }
    }

    private struct Summary: Decodable {
        var counts: [Outcome: Int] = [:]
        var needingAttention: Int?
        var newlyNeedingAttention: Int?

        enum Key: String, CodingKey {
            case deferred
            case needingAttention = "needing_attention"
            case newlyNeedingAttention = "needing_attention_new"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            let own = try EntryCounts(from: decoder)
            let deferred = try members.decode(EntryCounts.self, forKey: .deferred)
            for outcome in Outcome.allCases {
                counts[outcome] =
                    try members.checked(own[outcome], of: .deferred)
                    + members.checked(deferred[outcome], of: .deferred)
            }
            needingAttention = try members.countIfPresent(.needingAttention)
            newlyNeedingAttention = try members.countIfPresent(.newlyNeedingAttention)
        }
    }
}

extension KeyedDecodingContainer {
    /// No feed has as many entries. A damaged count must not overflow where counts are added up.
    private var counts: ClosedRange<Int> { 0...1_000_000_000_000 }

    fileprivate func checked(_ count: Int, of key: Key) throws -> Int {
        guard counts.contains(count) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: "no count")
        }
        return count
    }

    fileprivate func countIfPresent(_ key: Key) throws -> Int? {
        try decodeIfPresent(Int.self, forKey: key).map { try checked($0, of: key) }
    }
}
