import Foundation
import Testing

@testable import Report
@testable import Support

@Suite("Merge: what is refused")
struct MergeRefusalTests {
    private let bench: MergeBench
    private let whole: String

    init() throws {
        bench = try MergeBench()
        whole = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com"), removedAccount(2, "b@x.com")])
    }

    /// The error of a merge; nothing may have been written then.
    private func refusal(_ reports: [String], expect: [String] = []) throws -> any ExplainedError {
        let error = try #require(throws: (any Error).self) { try bench.merge(reports, expect: expect) }
        let names = try bench.folder.names()
        #expect(try !names.contains("merged") || bench.folder.names(in: "merged").isEmpty)
        return try #require(error as? any ExplainedError)
    }

    @Test(arguments: [
        (#""report_version": 2"#, #""report_version": 1"#, "report_version is 1; this program knows 2"),
        (#""report_version": 2"#, #""report_version": "2""#, "report_version is not a whole number"),
        (#""host": "vpn1""#, #""host": 7"#, "run.host is not a string"),
        (#""host": "vpn1""#, #""host": """#, "run.host is not the name of a host"),
        (#""host": "vpn1","#, "", "run.host is missing"),
        (#""host": "vpn1","#, #""host": "vpn1", "host": "vpn1","#, #"the key "host" appears here for the second time"#),
        (#""regenerated": true"#, #""regenerated": 1"#, "run.configs.regenerated is not true or false"),
        (#""deleted": ["wg7.conf"]"#, #""deleted": "wg7.conf""#, "run.configs.deleted is not an array"),
        (#""started_at": "2026"#, #""started_at": "26"#, "run.started_at is not an RFC 3339 time"),
        (#""removed": 2,"#, "", "summary.removed is missing"),
        (#""removed": 2,"#, #""removed": 1,"#, "summary.removed says 1, but the number of such accounts is 2"),
        (#""entries": 2"#, #""entries": 3"#, "run.feed.entries says 3, but the number of accounts is 2"),
        (#""entry":2,"#, #""entry":3,"#, "entry is not 2, as the order of the feed has it"),
        (#""entry":2,"#, #""entry":"2","#, "entry is not a whole number"),
        (#""line":3,"#, "", "line is missing"),
        (#""outcome":"removed""#, #""outcome":"gone""#, "outcome is not an outcome that this program knows"),
        (#""status_code":200"#, #""status_code":207"#, "status_code is not 200, that of removed"),
        (#""tunnel_down":null"#, #""tunnel_down":0"#, "tunnel_down is not true, false or null"),
        (#""errors":[],"tunnel"#, #""errors":[1],"tunnel"#, "errors is not a string"),
        (#""email":"b@x.com","#, #""email":"b@x.com","email":"c@x.com","#, #"the key "email" appears here"#),
        ("\n  ]\n}\n", "\n  ]\n", "the report ends before it is complete"),
        ("\n  ]\n}\n", "\n  ]\n}\n{}\n", "text after the end of the report"),
        ("},\n    {", "}\n    {", "the accounts should end here"),
        ("}\n  ]", "},\n  ]", "an account is missing here"),
        ("}\n  ]", "} x\n  ]", "text after the account"),
    ])
    func `a report with a flaw is refused, with its file`(_ text: String, _ flaw: String, _ cause: String) throws {
        let report = try bench.copy(whole, as: "flawed.json") { $0.replacingOccurrences(of: text, with: flaw) }
        let error = try refusal([report])
        #expect(error.subject == report)
        #expect(error.cause.contains(cause), "\(error.cause)")
        #expect(error.exitStatus == .feedNotWhole)
    }

    @Test func `wherever a report is cut off, it is refused`() throws {
        let length = try bench.folder.read(String(whole.dropFirst(bench.folder.path.count + 1))).utf8.count
        // The last line end alone may be missing.
        for count in stride(from: 0, to: length - 2, by: 37) {
            let report = try bench.copy(whole, as: "cut.json") {
                String(decoding: $0.utf8.prefix(count), as: UTF8.self)
            }
            #expect(try refusal([report]).exitStatus == .feedNotWhole, "\(count)")
        }
    }

    @Test func `bytes that are no UTF-8`() throws {
        let report = bench.folder.path + "/bytes.json"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: whole))
        let place = try #require(bytes.range(of: Data("b@x.com".utf8)))
        bytes[place.lowerBound] = 0xFF
        try bytes.write(to: URL(fileURLWithPath: report))
        #expect(try refusal([report]).cause.contains("not valid UTF-8"))
    }

    @Test func `reports of different feeds`() throws {
        let other = try bench.report(of: "vpn2", [], feed: "cd34")
        let error = try refusal([whole, other])
        #expect(error.subject == other)
        #expect(error.cause.contains("cd34"))
        #expect(error.exitStatus == .feedNotWhole)
    }

    @Test func `reports of the same feed whose entries differ`() throws {
        let other = try bench.report(of: "vpn2", [removedAccount(1, "a@x.com"), removedAccount(2, "c@x.com")])
        #expect(try refusal([whole, other]).cause.contains("entry 2 differs from"))
        let shorter = try bench.report(of: "vpn3", [removedAccount(1, "a@x.com")])
        #expect(try refusal([whole, shorter]).cause.contains("entry 2 differs from"))
    }

    @Test func `two runs of one host, and one run under two names`() throws {
        let again = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com"), removedAccount(2, "b@x.com")], run: 2)
        #expect(try refusal([whole, again]).exitStatus == .usage)
        #expect(try refusal(["vpn1=" + whole, "vpn2=" + whole]).hint.contains("has not reported"))
        let changed = try bench.copy(whole, as: "changed.json") {
            $0.replacingOccurrences(of: "a@x.com", with: "z@x.com")
        }
        #expect(try refusal([whole, changed]).cause.contains("and differ"))
    }

    @Test func `a host that is not expected`() throws {
        let error = try refusal([whole], expect: ["vpn1.example.com"])
        #expect(error.cause == "it is of vpn1, and --expect names only vpn1.example.com")
        #expect(error.exitStatus == .usage)
    }

    @Test func `a merged report`() throws {
        let path = try #require(try bench.merge([whole]).finished.reportPath)
        #expect(throws: ReportRefusal(path + "/report.json", .alreadyMerged)) { try bench.merge([path]) }
    }

    @Test func `no report, one that is not there, and what is no file`() throws {
        #expect(try refusal([]).exitStatus == .usage)
        #expect(try refusal([bench.folder.path + "/none"]).exitStatus == .feedMissing)
        #expect(try refusal([bench.folder.path]).exitStatus == .feedMissing)
        #expect(try refusal(["/dev/null"]).exitStatus == .feedMissing)
    }
}
