import Foundation
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Report
@testable import Support
@testable import WireGuard

/// The members that the program writes are those of `report.schema.json`, all of them required, in every object.
@Suite("Report: its members and those of the schema")
struct ReportMembersTests {
    /// The members that only a merged report has.
    private static let merged = ["run": ["hosts", "merged_at", "missing_hosts"], "account": ["hosts"]]

    private let bench: MergeBench

    init() throws { bench = try MergeBench() }

    private func host(_ name: String) throws -> String {
        var removed = removedAccount(1, "a@x.com")
        removed.removal?.keptRestricted = [.rule("r")]
        removed.leftBehind = [LeftBehind(.staticHost, "nas", "is")]
        var deferred = AccountResult(
            entry: reportEntry(2, "b@x.com"), outcome: .alreadyAbsent, errors: ["User not found: b@x.com"],
            removal: RemovalRecord(),
            earlierRemoval: EarlierRemoval(
                runID: "20261122T180700Z-00000001", removedAt: UTCTime(seconds: 1_795_370_820)))
        deferred.entry.deferral = FeedEntry.Deferral(
            runID: "20261122T180700Z-00000001", entry: 9, feedTime: UTCTime(seconds: 1_795_370_820))
        let application = try recognisedApplication()
        return try bench.report(of: name, [removed, deferred]) { record in
            record.runBy = Operator(userID: 0, sudoUser: "olga")
            record.cluster = .following
            record.configs.learnt = application
            record.earlierTunnels = TunnelCounts(up: 1)
        }
    }

    private func object(_ data: Data) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `are the same`() throws {
        let one = try host("vpn1")
        let read = try object(Data(contentsOf: URL(filePath: one)))
        let merged = try bench.merge([one, host("vpn2")], expect: ["vpn1", "vpn2", "vpn3"]).json
        let schema = try object(Data(PublishedSchema.report.text.utf8))

        var comparison = SchemaComparison(schema: schema)
        for (document, isMerged) in [(read, false), (merged, true)] {
            comparison.mergedMembers = Self.merged
            comparison.isMerged = isMerged
            comparison.compare(document, with: schema, named: "report")
        }
        #expect(comparison.differences == [])
        // An object that no report has cannot differ.
        #expect(comparison.compared == comparison.objects(in: schema))
    }
}

/// Walks through a document and the schema at the same time.
private struct SchemaComparison {
    let schema: [String: Any]
    var mergedMembers: [String: [String]] = [:]
    var isMerged = false
    private(set) var differences: Set<String> = []
    /// The members of the objects that were compared.
    private(set) var compared: Set<[String]> = []

    init(schema: [String: Any]) { self.schema = schema }

    mutating func compare(_ value: Any, with part: [String: Any], named name: String) {
        if let reference = part["$ref"] as? String {
            let path = reference.split(separator: "/").dropFirst().map(String.init)
            let target = path.reduce(schema as Any?) { ($0 as? [String: Any])?[$1] } as? [String: Any] ?? [:]
            compare(value, with: target, named: path.last ?? name)
        }
        for choice in part["anyOf"] as? [[String: Any]] ?? [] where !(value is NSNull) {
            compare(value, with: choice, named: name)
        }
        if let elements = value as? [Any], let items = part["items"] as? [String: Any] {
            for element in elements { compare(element, with: items, named: name) }
        }
        guard let object = value as? [String: Any], let properties = part["properties"] as? [String: [String: Any]]
        else { return }
        compared.insert(properties.keys.sorted())
        let mergedOnly = mergedMembers[name] ?? []
        let required = part["required"] as? [String] ?? []
        report(Set(object.keys), Set(required + (isMerged ? mergedOnly : [])), "written and required of \(name)")
        report(Set(properties.keys), Set(required + mergedOnly), "described and required of \(name)")
        for (key, member) in object { compare(member, with: properties[key] ?? [:], named: key) }
    }

    private mutating func report(_ a: Set<String>, _ b: Set<String>, _ what: String) {
        for name in a.symmetricDifference(b) { differences.insert("\(name): only in one of \(what)") }
    }

    /// The members of every object that the schema closes to others. Those of `oneOf` are variants of one object, which
    /// have no common members to compare.
    func objects(in value: Any) -> Set<[String]> {
        if let array = value as? [Any] { return array.reduce(into: []) { $0.formUnion(objects(in: $1)) } }
        guard let object = value as? [String: Any] else { return [] }
        var found: Set<[String]> = []
        if object["additionalProperties"] as? Bool == false, let properties = object["properties"] as? [String: Any] {
            found.insert(properties.keys.sorted())
        }
        for (key, member) in object where key != "oneOf" { found.formUnion(objects(in: member)) }
        return found
    }
}

/// What a run has recognised of the application, as its report has it.
func recognisedApplication() throws -> LearntRecord {
    let json = #"""
        {"generation": "9975", "releases": "releases from 9975", "recognised_from": ["configs", "tables"], "mtu": 1420,
         "clients_reach_application": true}
        """#
    return try JSONDecoder().decode(LearntRecord.self, from: Data(json.utf8))
}

extension ClusterRecord {
    static let following = ClusterRecord(
        version: 9, isRaised: true, wasAwaited: true, primaryHasInterfaces: true,
        workers: [
            Worker(
                name: "w1", version: 9, lastSeen: "2026-11-23T18:07:05Z", hasFollowed: true, isSilent: false,
                toldPeers: true)
        ])
}
