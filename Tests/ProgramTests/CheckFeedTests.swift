import Foundation
import Glibc
import Testing

/// A check says beforehand what a run would make of a feed.
@Suite("Program: check, what it says of feeds")
struct CheckFeedTests {
    @Test func `it says beforehand that a feed needs --every-entry-ends`() throws {
        try withControlPlane { plane in
            try plane.writeFeed("email\nANNA\n", to: "feed.csv")
            let refused = try Check(plane)
            #expect(refused.status == 78)
            let advice = refused.findings.first { $0.level == "problem" && $0.subject == "feed" }?.advice
            #expect(advice?.contains("if every account in it has ended, give --every-entry-ends") == true)
            #expect(try Check(plane, ["--every-entry-ends"]).status == 0)
        }
    }

    @Test func `of an inbox, also by the feed that was done last, before the next one comes`() throws {
        try withControlPlane { plane in
            try plane.makeInbox([])
            mkdir(plane.path("inbox/done"), 0o750)
            try plane.writeFeed("email\nANNA\n", to: "inbox/done/members.20261101T000000Z-0a1b2c3d.csv")
            let options = ["--inbox", plane.inbox]
            let refused = try Check(plane, options)
            #expect(refused.status == 78)
            let last = "the last feed that was processed, \(plane.inbox)/done/members."
            #expect(refused.contains("problem", "feed", last))
            let advice = refused.findings.first { $0.level == "problem" && $0.subject == "feed" }?.advice
            #expect(advice?.contains("--every-entry-ends") == true)
            #expect(try Check(plane, options + ["--every-entry-ends"]).status == 0)
        }
    }

    @Test func `it shows what a profile makes of the first rows`() throws {
        try withControlPlane { plane in
            let rows = [
                "ANNA,closed,981173100", "BEN,live,981173101", "CLARA,gone?,981173102", "DORA,closed,4070908800",
                "ANNA,closed,981173100", "BEN,live,981173101",
            ]
            try plane.writeFeed("Mail,State,Ended\n" + rows.joined(separator: "\n") + "\n", to: "feed.csv")
            let profile = try plane.write(
                #"""
                {"columns": {"email": "Mail", "status": "State", "effective_at": "Ended"}, "time-format": "unix",
                 "removal-status": ["closed"], "staying-status": ["live"]}
                """#, to: "shop.json")
            let check = try Check(plane, ["--feed-profile", profile])
            #expect(check.status == 0)
            let read = check.findings.filter { $0.subject == "feed" && $0.detail.contains(", read with \(profile): ") }
            #expect(read.count == 5, "the first five")
            let said = [
                #"status "closed", effective 2001-02-03T04:05:00Z: to be removed"#,
                #"status "live", effective 2001-02-03T04:05:01Z: skipped"#, "invalid: ", "skipped: not yet due",
                "duplicate: ",
            ]
            for (line, (finding, words)) in zip(read, said).enumerated() {
                #expect(finding.detail.hasPrefix("line \(line + 2), read with "), "\(finding.detail)")
                #expect(finding.detail.contains(words), "\(finding.detail)")
            }
            #expect(read[0].detail.contains(try plane.email("ANNA")))
            #expect(check.contains("note", "feed", #"unknown status words: "gone?" (1 entry)"#))
        }
    }
}
