import TestSupport
import Testing

@testable import Feed
@testable import Report

@Suite("A plan is no feed")
struct PlanAsFeedTests {
    @Test func `a plan is refused, whatever the operator says`() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            var plan: [UInt8] = []
            let planned = try bench.plan(["ann@example.com"])
            try PlanDocument(planned).write { plan += $0 }
            let refusal = #expect(throws: FeedRefusal.self) {
                try Feed(parsing: plan, as: .json, FeedProfile { $0.everyEntryEnds = true }, path: "feed")
            }
            #expect(refusal?.reason == .ownDocument("plan"))
        }
    }
}
