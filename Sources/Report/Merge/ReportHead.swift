import Feed
import Foundation
import Journal
import Support

/// What a host's report states before its accounts, as far as a merged report needs it.
struct ReportHead {
    let run: ReportedRun
    /// The number of entries of the feed by outcome.
    let counts: EntryCounts
    /// The number of deferred removals by outcome.
    let deferredCounts: EntryCounts

    /// Reads the document with its accounts left out. Members that this version does not know are ignored.
    ///
    /// - Throws: ``ReportFlaw``.
    init(reading document: [UInt8]) throws {
        do {
            // Foundation's decoder notices neither a duplicate key nor a missing end.
            var scanner = JSONScanner(document, in: document.indices)
            scanner.passSpace()
            try scanner.skipValue()
            let decoder = JSONDecoder()
            let data = Data(document)
            let version = try decoder.decode(ReportedVersion.self, from: data).number
            guard version == ReportDocument.version else { throw ReportFlaw.unknownVersion("\(version)") }
            let head = try decoder.decode(Document.self, from: data)
            guard try decoder.decode(Merged.self, from: data).run.hosts == nil else { throw ReportFlaw.alreadyMerged }
            guard !head.run.rehearsal else { throw ReportFlaw.rehearsal }
            (run, counts, deferredCounts) = (head.run, head.summary.counts, head.summary.deferredCounts)
        } catch let flaw as FeedFlaw {
            throw ReportFlaw.notWhole(flaw.reason.text)
        } catch let error as DecodingError {
            throw ReportFlaw(error)
        }
        guard RunID(parsing: run.id) != nil else { throw ReportFlaw.wrong("run.id", expected: "the id of a run") }
        guard !run.host.isEmpty else { throw ReportFlaw.wrong("run.host", expected: "the name of a host") }
    }

    private struct Document: Decodable {
        var run: ReportedRun
        var summary: Summary
    }

    private struct Summary: Decodable {
        var counts: EntryCounts
        var deferredCounts: EntryCounts

        init(from decoder: any Decoder) throws {
            counts = try EntryCounts(from: decoder)
            let members = try decoder.container(keyedBy: ReportSummary.CodingKeys.self)
            deferredCounts = try members.decode(EntryCounts.self, forKey: .deferred)
        }
    }

    /// A member that only a merged report has.
    private struct Merged: Decodable {
        var run: Run

        struct Run: Decodable { var hosts: [Anything]? }
        struct Anything: Decodable {}
    }
}

extension ReportFlaw {
    fileprivate init(_ error: DecodingError) {
        func member(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + (last.map { [$0] } ?? [])).joined
            return path.isEmpty ? "the document" : path
        }
        switch error {
        case .keyNotFound(let key, let context): self = .missing(member(context, key))
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            self = .wrong(member(context), expected: ReportFlaw.name(of: type))
        case .dataCorrupted(let context): self = .wrong(member(context), expected: "valid")
        @unknown default: self = .notWhole("it cannot be decoded")
        }
    }

    private static func name(of type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}

extension [any CodingKey] {
    /// The path to a member: `run.feed.path`.
    var joined: String {
        map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
