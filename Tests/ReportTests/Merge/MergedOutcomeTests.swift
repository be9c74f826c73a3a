import Testing

@testable import Journal
@testable import Report

@Suite("Merge: two outcomes make one")
struct MergedOutcomeTests {
    private let all = Outcome.allCases

    @Test func `the order of hosts makes no difference`() {
        for a in all {
            for b in all { #expect(a.merged(with: b) == b.merged(with: a), "\(a), \(b)") }
        }
    }

    @Test func `the grouping of hosts makes no difference`() {
        for a in all {
            for b in all {
                for c in all {
                    let (left, right) = (a.merged(with: b).merged(with: c), a.merged(with: b.merged(with: c)))
                    #expect(left == right, "\(a), \(b), \(c)")
                }
            }
        }
    }

    @Test func `hosts that agree come to what they agree on`() {
        for a in all { #expect(a.merged(with: a) == a) }
    }

    @Test func `an account counts as ended only where every host says that nothing of it is left`() {
        let ended: Set<Outcome> = [.removed, .partiallyRemoved, .alreadyAbsent]
        for a in all {
            for b in all {
                let isEnded = ended.contains(a) && ended.contains(b)
                #expect(ended.contains(a.merged(with: b)) == isEnded, "\(a), \(b)")
            }
        }
    }

    @Test func `what needs attention on one host needs attention in the whole`() {
        for a in all where a.needsAttention {
            for b in all { #expect(a.merged(with: b).needsAttention, "\(a), \(b)") }
        }
    }

    @Test(arguments: [
        (Outcome.removed, Outcome.alreadyAbsent, Outcome.removed),
        (.removed, .partiallyRemoved, .removed),
        (.partiallyRemoved, .alreadyAbsent, .partiallyRemoved),
        (.removed, .unprocessed, .unprocessed),
        (.removed, .failed, .failed),
        (.failed, .refused, .refused),
        (.unprocessed, .failed, .failed),
        (.refused, .invalid, .invalid),
        // The entry fell due between the two runs, and the first host may still have the account.
        (.skipped, .removed, .unprocessed),
        (.skipped, .alreadyAbsent, .unprocessed),
        (.skipped, .duplicate, .unprocessed),
        (.duplicate, .removed, .unprocessed),
    ])
    func `each pair has a meaning`(_ a: Outcome, _ b: Outcome, _ merged: Outcome) {
        #expect(a.merged(with: b) == merged)
    }
}
