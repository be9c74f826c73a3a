import ControlPlane
import Feed
import Journal
import Removal
import Support

/// The plan as JSON, version 1, for programs: what a run would do with each entry. `wg-reconcile plan --json`.
///
/// As in the report, every member is always present and each entry takes one line.
package struct PlanDocument {
    private let planned: PlannedRun

    package init(_ planned: PlannedRun) { self.planned = planned }

    /// Passes the document on in parts, so that a plan of a million entries is never completely in memory.
    package func write(_ take: ([UInt8]) throws -> Void) throws {
        try writeObject(take)
        try take([.lineFeed])
    }

    /// The same without the final line feed.
    package func writeObject(_ take: ([UInt8]) throws -> Void) throws {
        var json = JSONText()
        try json.object(.lines) { json in
            json.member("plan_version", 1)
            json.member("exit_status", Int(planned.exitStatus.rawValue))
            json.member("stopped_by", planned.objection.map { RunStop($0).text })
            json.member("feed") {
                $0.member("path", planned.feed.path)
                $0.member("format", planned.feed.format?.rawValue)
                $0.member("sha256", planned.feed.digest)
                $0.member("generated_at", planned.feed.generatedAt?.rfc3339)
                $0.member("made_at", planned.feed.madeAt?.rfc3339)
                $0.member("profile", planned.feed.profile)
                $0.member("warnings", planned.feed.warnings)
            }
            let targets = planned.plan.targets
            json.member("plan_digest", planned.plan.content.digest)
            json.member("accounts_to_remove", targets.count)
            json.member("instances_to_remove", targets.reduce(0) { $0 + $1.instances.count })
            json.member("instances_in_database", planned.plan.instanceCount)
            json.member("recent_accounts", planned.plan.extent.recentAccounts)
            json.member("recent_instances", planned.plan.extent.recentInstances)
            json.member("dangling_references", planned.plan.danglingReferences, .lines)
            json.member("config_errors", planned.configErrors, .lines)
            json.key("entries")
            try json.array(.lines) { json in
                for expected in planned.plan.expectations {
                    json.value(
                        expected, errors: planned.errors(of: expected), isArchived: planned.isArchived(expected),
                        leftBehind: planned.leftBehind(by: expected)
                    )
                    guard json.bytes.count >= Self.portion else { continue }
                    try take(json.bytes)
                    json.bytes.removeAll(keepingCapacity: true)
                }
            }
        }
        try take(json.bytes)
    }

    private static let portion = 256 * 1_024
}

extension JSONText {
    fileprivate mutating func value(
        _ expected: Plan.Expectation, errors: [String], isArchived: Bool?, leftBehind: [LeftBehind]?
    ) {
        object { json in
            json.member("entry", expected.result.entry.number)
            json.member("line", expected.result.entry.line)
            json.member("account_id", expected.result.entry.accountID?.text)
            json.member("subscription_id", expected.result.entry.subscriptionID?.text)
            json.member("email", expected.result.entry.email)
            json.member("expected_outcome", expected.result.outcome.rawValue)
            json.member("errors", errors)
            json.key("instances")
            json.array { json in
                for instance in expected.target.instances {
                    json.object {
                        $0.member("uuid", instance.uuid.hyphenatedUUID)
                        $0.member("interface", InterfaceName.of(instance.interfaceNumber))
                        $0.member("peers", instance.peers)
                    }
                }
            }
            json.member("peer_groups", expected.target.groups.map(\.name))
            json.member("users", expected.target.users.map(\.email))
            json.key("kept_restricted")
            json.value(expected.keptRestricted)
            json.key("left_behind")
            json.value(leftBehind)
            json.key("archived")
            if let isArchived { json.value(isArchived) } else { json.null() }
            json.key("deferred_from")
            json.value(expected.result.entry.deferral)
        }
    }
}
