import ControlPlane
import Feed
import Foundation
import Journal
import Removal
import Support
import WireGuard

extension HostRun {
    /// Reads the document with its accounts left out.
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
            let version = try decoder.decode(Version.self, from: data).reportVersion
            guard version == ReportDocument.version else { throw ReportFlaw.unknownVersion("\(version)") }
            try self.init(decoder.decode(Document.self, from: data))
        } catch let flaw as FeedFlaw {
            throw ReportFlaw.notWhole(flaw.reason.text)
        } catch let error as DecodingError {
            throw ReportFlaw(error)
        }
    }

    private struct Version: Decodable {
        var reportVersion: Int

        enum CodingKeys: String, CodingKey { case reportVersion = "report_version" }
    }

    private struct Document: Decodable {
        var run: Run
        var summary: Summary
    }

    private struct Summary: Decodable {
        var counts: [Outcome: Int] = [:]
        var deferredCounts: [Outcome: Int] = [:]

        struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            for outcome in Outcome.allCases {
                counts[outcome] = try members.decode(Int.self, forKey: Key(stringValue: outcome.rawValue))
            }
            let deferred = try members.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: "deferred"))
            for outcome in Outcome.allCases {
                deferredCounts[outcome] = try deferred.decode(Int.self, forKey: Key(stringValue: outcome.rawValue))
            }
        }
    }

    private struct Run: Decodable {
        var id: String
        var host: String
        var programVersion: String
        var startedAt: String
        var finishedAt: String
        var continued: Bool
        /// Absent in reports of earlier versions.
        var wasHeld: Bool?
        var planDigest: String?
        /// Absent in reports of earlier versions.
        var planned: Planned?
        var stoppedBy: String?
        var stoppedWith: Int32?
        var runBy: RunBy?
        var putOff: Int
        var usersKnownByUsername: Int
        var feed: FeedFacts
        var configs: Configs
        var cluster: ClusterRecord?
        var sessions: Sessions
        var danglingReferences: [String]
        /// Only a merged report has it.
        var hosts: [Anything]?

        enum CodingKeys: String, CodingKey {
            case id, host, continued, planned, feed, configs, cluster, sessions, hosts
            case programVersion = "program_version"
            case startedAt = "started_at"
            case finishedAt = "finished_at"
            case wasHeld = "was_held"
            case planDigest = "plan_digest"
            case stoppedBy = "stopped_by"
            case stoppedWith = "stopped_with"
            case runBy = "run_by"
            case putOff = "put_off"
            case usersKnownByUsername = "users_known_by_username"
            case danglingReferences = "dangling_references"
        }
    }

    private struct Planned: Decodable {
        var accounts: Int
        var instances: Int
        var recentAccounts: Int
        var recentInstances: Int
        var allInstances: Int

        enum CodingKeys: String, CodingKey {
            case accounts, instances
            case recentAccounts = "recent_accounts"
            case recentInstances = "recent_instances"
            case allInstances = "all_instances"
        }

        var extent: PlanExtent {
            PlanExtent(
                accounts: accounts, instances: instances, recentAccounts: recentAccounts,
                recentInstances: recentInstances, allInstances: allInstances)
        }
    }

    private struct Anything: Decodable {}

    private init(_ document: Document) throws {
        let run = document.run
        guard run.hosts == nil else { throw ReportFlaw.alreadyMerged }
        guard RunID(parsing: run.id) != nil else { throw ReportFlaw.wrong("run.id", expected: "the id of a run") }
        guard !run.host.isEmpty else { throw ReportFlaw.wrong("run.host", expected: "the name of a host") }
        func time(_ text: String, _ member: String) throws -> UTCTime {
            guard let time = UTCTime(rfc3339: text) else {
                throw ReportFlaw.wrong("run.\(member)", expected: "an RFC 3339 time")
            }
            return time
        }
        self.init(
            id: run.id, host: run.host, programVersion: run.programVersion,
            startedAt: try time(run.startedAt, "started_at"), finishedAt: try time(run.finishedAt, "finished_at"),
            continued: run.continued, wasHeld: run.wasHeld ?? false, planDigest: run.planDigest,
            planned: run.planned?.extent ?? PlanExtent(),
            stop: run.stoppedBy.map { RunStop(text: $0, exitStatus: run.stoppedWith) }, feed: run.feed,
            configs: run.configs, cluster: run.cluster,
            sessions: run.sessions,
            danglingReferences: run.danglingReferences, runBy: run.runBy, putOff: run.putOff,
            usersKnownByUsername: run.usersKnownByUsername, counts: document.summary.counts,
            deferredCounts: document.summary.deferredCounts)
    }
}

extension ReportFlaw {
    fileprivate init(_ error: DecodingError) {
        func member(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            let path = (context.codingPath + (last.map { [$0] } ?? [])).map { key in
                key.intValue.map(String.init) ?? key.stringValue
            }
            return path.isEmpty ? "the document" : path.joined(separator: ".")
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
        case is Int.Type, is Int32.Type: "a whole number"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}
