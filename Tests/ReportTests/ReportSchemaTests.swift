import Foundation
import TestSupport
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

/// The schema fits the reports that runs really write, and nothing that is another to the member.
@Suite("JSON Schema of the report", .enabled(if: SchemaValidator.obstacle == nil, "\(SchemaValidator.obstacle ?? "")"))
struct ReportSchemaTests {
    // MARK: What a run on a host with live interfaces, or with many troubles, writes

    private static let live: RunRecord = {
        var record = PageSamples.nightRecord
        record.feed.digest = String(repeating: "ab", count: 32)
        record.feed.generatedAt = UTCTime(seconds: 1_795_457_000, nanoseconds: 500_000_000)
        record.feed.madeAt = record.feed.generatedAt
        record.feed.profile = "/etc/wg-reconcile/stripe.json"
        record.feed.warnings = ["1 id is in scientific notation"]
        record.runBy = Operator(userID: 0, sudoUser: "olga")
        record.putOff = 3
        record.usersKnownByUsername = 2
        record.planDigest = String(repeating: "0f", count: 16)
        record.configs.notApplied = nil
        record.configs.live.down = ["wg7"]
        record.configs.live.synced = ["wg1", "wg2"]
        record.configs.live.leftAlone = ["wg0"]
        record.configs.live.firewallRun = true
        record.configs.live.remarks = ["wg7 was taken down by ip link delete"]
        record.configs.firewallProblems = ["firewall_firewallrule 12: no such action"]
        return record
    }()

    private static let liveResults: [AccountResult] = PageSamples.night.map { result in
        var result = result
        if result.outcome == .partiallyRemoved || result.outcome == .alreadyAbsent {
            result.removal = result.removal ?? RemovalRecord()
        }
        if result.outcome == .removed {
            result.removal?.keptRestricted = KeptRestriction.Kind.allCases.map { KeptRestriction($0, "x", "and so on") }
            result.leftBehind = LeftBehind.Kind.allCases.map { LeftBehind($0, "x", "and so on") }
            result.entry.subscriptionID = .text("s1")
            result.entry.deferral = FeedEntry.Deferral(
                runID: "20261122T180700Z-00000001", entry: 9, feedTime: UTCTime(seconds: 1_795_370_820))
        }
        return result
    }

    @Test func `live interfaces, tunnels up and down, and troubles of all kinds`() throws {
        let report = try publishedReport(Self.liveResults, Self.live)
        #expect(try SchemaValidator.verdicts(on: [report.text], by: PublishedSchema.report.text) == [nil])
    }

    // MARK: What is no report

    /// Every change of one place in a report that makes it another: a member left out, one too many, a value of
    /// another type.
    private func mutations(of value: Any, at path: String, isRows: Bool = false) -> [(what: String, value: Any)] {
        var found: [(what: String, value: Any)] = [("another type at \(path)", ["unheard of": ["of"]])]
        if let object = value as? [String: Any] {
            found.append(("one member more in \(path)", object.merging(["unheard of": "x"]) { $1 }))
            for (key, member) in object {
                if !isRows { found.append(("no \(path).\(key)", object.filter { $0.key != key })) }
                for (what, changed) in mutations(of: member, at: "\(path).\(key)", isRows: key == "removed_rows") {
                    found.append((what, object.merging([key: changed]) { $1 }))
                }
            }
        } else if let array = value as? [Any] {
            for (index, element) in array.enumerated() {
                for (what, changed) in mutations(of: element, at: "\(path)[\(index)]") {
                    var copy = array
                    copy[index] = changed
                    found.append((what, copy))
                }
            }
        }
        return found
    }

    private func text(_ value: Any) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value), as: UTF8.self)
    }

    /// The report with these accounts alone, one of each outcome.
    private func report(_ accounts: (([String: Any]) -> [[String: Any]])) throws -> [[String: Any]] {
        let report = try publishedReport(Self.liveResults, Self.live).json
        var seen: Set<String> = []
        let all = try #require(report["accounts"] as? [[String: Any]])
        return all.filter { seen.insert($0["outcome"] as? String ?? "").inserted }.map {
            report.merging(["accounts": accounts($0)]) { $1 }
        }
    }

    @Test func `every place of a report counts`() throws {
        let reports = try report { [$0] }
        #expect(reports.count == Outcome.allCases.count)
        // The run is the same in all of them, so its places are looked at in one; of the others only the account's.
        var changed = mutations(of: reports[0], at: "report")
        for report in reports.dropFirst() {
            changed += mutations(of: try #require(report["accounts"]), at: "accounts").map {
                ($0.what, report.merging(["accounts": $0.value]) { $1 })
            }
        }
        #expect(changed.count > 400)
        let verdicts = try SchemaValidator.verdicts(
            on: changed.map { try text($0.value) }, by: PublishedSchema.report.text)
        for (mutation, verdict) in zip(changed, verdicts) where verdict == nil {
            Issue.record("passes all the same: \(mutation.what)")
        }
    }

    @Test func `an outcome has its own status code, and its own response`() throws {
        let names = Outcome.allCases.map(\.rawValue)
        let swapped = try names.flatMap { name in
            try report { $0["outcome"] as? String == name ? [] : [$0.merging(["outcome": name]) { $1 }] }
        }.filter { ($0["accounts"] as? [Any])?.isEmpty == false }
        let verdicts = try SchemaValidator.verdicts(on: swapped.map(text), by: PublishedSchema.report.text)
        // Skipped and duplicate differ in nothing but their name.
        #expect(verdicts.count { $0 == nil } == 2)
        #expect(verdicts.count == 72)
    }
}
