import ControlPlane
import Journal
import Reconcile
import Removal
import Report
import SamplePlane

extension RunSummary {
    init(_ run: FinishedRun) { self.init(run.record, run.results, summary: run.summary, reportPath: run.reportPath) }
}

extension PlanTable {
    init(_ planned: PlannedRun) {
        let plan = planned.plan
        let targets = plan.targets
        let instances = targets.reduce(0) { $0 + $1.instances.count }
        self.init(
            rows: plan.expectations.lazy.map { expected in
                Row(
                    entry: expected.result.entry.number, line: expected.result.entry.line,
                    email: expected.result.entry.email,
                    action: Self.action(expected),
                    detail: Self.detail(
                        expected, errors: planned.errors(of: expected),
                        isGoneForGood: planned.isArchived(expected) == false,
                        leftBehind: planned.leftBehind(by: expected) ?? []))
            },
            totals:
                "\(targets.count) \(targets.count == 1 ? "account" : "accounts") and \(instances) of \(plan.instanceCount) instances would be removed; "
                + "plan \(plan.content.digest)")
    }

    private static func action(_ expected: Plan.Expectation) -> String {
        switch expected.result.outcome {
        case .removed, .partiallyRemoved: expected.target.isEmpty ? "done before" : "remove"
        case .alreadyAbsent: "nothing to remove"
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: expected.result.outcome.rawValue
        }
    }

    private static func detail(
        _ expected: Plan.Expectation, errors: [String], isGoneForGood: Bool, leftBehind: [LeftBehind]
    ) -> String {
        let target = expected.target
        let instances = target.instances.map { instance in
            "\(InterfaceName.of(instance.interfaceNumber)) with \(instance.peers) \(instance.peers == 1 ? "peer" : "peers")"
        }
        let parts = instances + target.groups.map { "group \($0.name)" } + target.users.map { "user \($0.email)" }
        let left = leftBehind.isEmpty ? [] : ["left behind: " + leftBehind.map(\.sentence).joined(separator: ", ")]
        return
            (parts + errors + expected.keptRestricted.map(\.sentence) + left
            + (isGoneForGood ? ["gone for good"] : [])).joined(separator: "; ")
    }
}
