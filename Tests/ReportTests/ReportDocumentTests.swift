import Foundation
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Support

@Suite("Report: report.json")
struct ReportDocumentTests {
    private func accounts(_ results: [AccountResult], regenerated: Bool = true) throws -> [[String: Any]] {
        let report = try publishedReport(results, reportRecord(regenerated: regenerated))
        return try #require(report.json["accounts"] as? [[String: Any]])
    }

    private func isEqual(_ value: Any?, _ json: String) throws -> Bool {
        let expected = try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
        return (value as? NSObject) == (expected as? NSObject)
    }

    @Test func `an account has these members, in this order, and stands in one line`() throws {
        let lines = try publishedReport([removedAccount(1, "a@x.com")]).text.split(separator: "\n")
        let line = try #require(lines.first { $0.contains("a@x.com") })
        #expect(
            line.trimmingCharacters(in: .whitespaces) == """
                {"entry":1,"line":2,"account_id":null,"subscription_id":null,"email":"a@x.com","feed_status":"cancelled",\
                "effective_at":null,"reason":null,"outcome":"removed","status_code":200,"errors":[],"tunnel_down":null,"tunnel_unseen":false,\
                "first_seen":null,"response":{"status":"success",\
                "message":"Removal completed for a@x.com","results":{"instance_identifier":"a@x.com","removed_items":\
                [{"type":"wireguard_instance","identifier":"0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e","peers_removed":3},\
                {"type":"peer_group","identifier":"a@x.com_group"},\
                {"type":"user_acl","identifier":"5c0a1d52-9a55-4a4b-8d0f-0f5a4f5b7a10"},\
                {"type":"user","identifier":"a@x.com"},{"type":"wireguard_configs","identifier":"regenerated"}],\
                "errors":[]}},"removed_rows":{"auth_user":1,"django_session":2,"wireguard_peer":3},\
                "kept_restricted":[],"left_behind":[],"restored":null,"restorable":false,"restorable_until":null,\
                "earlier_removal":null,"deferred_from":null,"would_be":null}
                """)
    }

    @Test func `an account that was partly there is a partial success, with the endpoint's words`() throws {
        let errors = ["User not found: a@x.com"]
        let result = AccountResult(
            entry: reportEntry(1, "a@x.com"), outcome: .partiallyRemoved, errors: errors,
            removal: RemovalRecord(items: [RemovedItem(.peerGroup, "a@x.com_group")]))
        #expect(
            try isEqual(
                accounts([result])[0]["response"],
                """
                {"status": "partial_success", "message": "Removal completed for a@x.com", "results": {
                 "instance_identifier": "a@x.com", "removed_items": [
                  {"type": "peer_group", "identifier": "a@x.com_group"},
                  {"type": "wireguard_configs", "identifier": "regenerated"}],
                 "errors": ["User not found: a@x.com"]}}
                """))
    }

    @Test func `an account that was absent has the same object, and says when it went`() throws {
        let result = AccountResult(
            entry: reportEntry(1, "a@x.com"), outcome: .alreadyAbsent, errors: ["User not found: a@x.com"],
            removal: RemovalRecord(),
            earlierRemoval: EarlierRemoval(
                runID: "20261122T180700Z-00000001", removedAt: UTCTime(seconds: 1_795_370_820)))
        let account = try accounts([result])[0]
        let response = try #require(account["response"] as? [String: Any])
        #expect(response["status"] as? String == "partial_success")
        #expect(
            try isEqual(
                account["earlier_removal"],
                #"{"run": "20261122T180700Z-00000001", "removed_at": "2026-11-22T18:07:00Z"}"#))
    }

    @Test func `a failed account lost nothing, and never says that configs were regenerated`() throws {
        let result = AccountResult(
            entry: reportEntry(1, "a@x.com"), outcome: .failed, errors: ["FOREIGN KEY constraint failed"],
            removal: RemovalRecord(items: [RemovedItem(.user, "a@x.com")]))
        #expect(
            try isEqual(
                accounts([result])[0]["response"],
                """
                {"status": "error", "message": "Removal failed for a@x.com", "results": {
                 "instance_identifier": "a@x.com", "removed_items": [], "errors": ["FOREIGN KEY constraint failed"]}}
                """))
    }

    @Test func `configs that were not regenerated are not claimed`() throws {
        let report = try publishedReport([removedAccount(1, "a@x.com")], reportRecord(regenerated: false))
        #expect(!report.text.contains("wireguard_configs"))
    }

    @Test(arguments: [Outcome.skipped, .duplicate, .invalid, .refused, .unprocessed])
    func `an account that was not worked on has no response`(outcome: Outcome) throws {
        let account = try accounts([AccountResult(entry: reportEntry(1, "a@x.com"), outcome: outcome)])[0]
        #expect(account["response"] is NSNull)
        #expect(account["status_code"] as? Int == outcome.statusCode)
    }

    @Test func `what billing sent comes back as it came`() throws {
        var entry = reportEntry(1, "ü\"\\\n@x.com", line: nil)
        entry.line = nil
        entry.accountID = .number("12345678901234567890.50")
        entry.subscriptionID = .text("sub/1")
        entry.reason = .text("1e5")
        entry.effectiveAt = EffectiveTime("2026-11-23")
        let text = try publishedReport([AccountResult(entry: entry, outcome: .invalid)]).text
        #expect(
            text.contains(
                """
                "line":null,"account_id":12345678901234567890.50,"subscription_id":"sub/1","email":"ü\\"\\\\\\n@x.com",\
                "feed_status":"cancelled","effective_at":"2026-11-23","reason":"1e5"
                """))
    }

    @Test func `the summary counts every outcome, also those that did not occur`() throws {
        let results = [
            removedAccount(1, "a@x.com"), removedAccount(2, "b@x.com"),
            AccountResult(entry: reportEntry(3, "c@x.com"), outcome: .refused, errors: ["user is superuser"]),
        ]
        #expect(
            try isEqual(
                publishedReport(results).json["summary"],
                """
                {"entries": 3, "removed": 2, "partially_removed": 0, "already_absent": 0, "skipped": 0, "duplicate": 0,
                 "invalid": 0, "refused": 1, "failed": 0, "unprocessed": 0,
                 "deferred": {"entries": 0, "removed": 0, "partially_removed": 0, "already_absent": 0, "skipped": 0,
                              "duplicate": 0, "invalid": 0, "refused": 0, "failed": 0, "unprocessed": 0},
                 "instances_removed": 2,
                 "peers_removed": 6, "users_removed": 2, "sessions_removed": 4, "left_behind": 0, "restored": 0,
                 "tunnels_unseen": 0, "needing_attention": 1, "needing_attention_new": 0}
                """))
    }

    @Test func `what accounts left behind is counted, unless nobody has looked for that of one`() throws {
        var result = removedAccount(1, "a@x.com")
        result.leftBehind = [LeftBehind(.staticHost, "nas", "leads to 10.0.0.2"), LeftBehind(.apiKey, "a@x.com", "is")]
        let report = try publishedReport([result, removedAccount(2, "b@x.com")])
        #expect(try isEqual((report.json["summary"] as? [String: Any])?["left_behind"], "2"))
        #expect(
            report.text.contains(
                """
                "left_behind":[{"type":"static_host","identifier":"nas","what":"leads to 10.0.0.2"},\
                {"type":"api_key","identifier":"a@x.com","what":"is"}],
                """))
        var unlooked = removedAccount(2, "b@x.com")
        unlooked.leftBehind = nil
        let second = try publishedReport([result, unlooked])
        #expect(try isEqual((second.json["summary"] as? [String: Any])?["left_behind"], "null"))
        #expect(second.text.contains("\"left_behind\":null,"))
    }

    @Test func `the run says what it was, and that no live interface was touched`() throws {
        let report = try publishedReport([])
        #expect(report.json["report_version"] as? Int == 2)
        #expect(
            try isEqual(
                report.json["run"],
                """
                {"id": "20261123T180700Z-1a2b3c4d", "command": "run", "rehearsal": false, "host": "vpn1", "program_version": "1.2.3",
                 "started_at": "2026-11-23T18:07:00Z", "finished_at": "2026-11-23T18:07:05Z", "continued": false, "was_held": false,
                 "run_by": null, "plan_digest": null,
                 "planned": {"accounts": 0, "instances": 0, "recent_accounts": 0, "recent_instances": 0,
                             "all_instances": 0, "first_accounts": []}, "stopped_by": null, "stopped_with": null,
                 "exit_status": null,
                 "headline": "Nothing needs attention; live interfaces were not checked",
                 "feed": {"path": "/feeds/tonight.csv", "format": "csv", "bytes": 99, "sha256": "ab12",
                          "generated_at": null, "made_at": null, "profile": null, "warnings": [], "entries": 0},
                 "put_off": 0, "users_known_by_username": 0,
                 "configs": {"regenerated": true, "applied": false, "note": "live interfaces were not touched: a \
                removed tunnel stays up until its interface is taken down", "application": null, "written": [], "unchanged": 0,
                             "deleted": ["wg7.conf"], "changed_otherwise": [], "unknown_files": [],
                             "firewall_written": false, "firewall_problems": [],
                             "interfaces_down": [], "interfaces_up": [], "interfaces_synced": [],
                             "interfaces_left_alone": [],
                             "interfaces_unseen": [], "not_applied": [], "firewall_run": false, "errors": []},
                 "cluster": null, "earlier_tunnels": null,
                 "sessions": {"examined": 12, "unreadable": 0, "removed": 0}, "dangling_references": []}
                """))
        #expect((report.json["accounts"] as? [Any])?.isEmpty == true)
    }
}

@Suite("Report: JSON text")
struct ReportJSONTextTests {
    private func text(_ write: (inout JSONText) -> Void) -> String {
        var json = JSONText()
        write(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", #""plain""#), ("", #""""#), (#"quote " and \"#, #""quote \" and \\""#),
        ("\n\r\t\u{0}\u{1B}\u{7F}", #""\n\r\t\u0000\u001b\u007f""#), ("\u{85}\u{9B}", #""\u0085\u009b""#),
        ("a\u{2028}b\u{2029}", #""a\u2028b\u2029""#), ("é€😀\u{A0}\u{2027}\u{202A}", "\"é€😀\u{A0}\u{2027}\u{202A}\""),
    ])
    func `strings are escaped, and come back`(given: String, expected: String) throws {
        let written = text { $0.value(given) }
        #expect(written == expected)
        let read = try JSONSerialization.jsonObject(with: Data(written.utf8), options: .fragmentsAllowed) as? String
        #expect(read.map { Array($0.unicodeScalars) } == Array(given.unicodeScalars))
    }

    @Test(arguments: ["0", "-0", "12", "-1.50", "1e9", "1E+9", "0.1e-2", "123456789012345678901234567890"])
    func `a number keeps its spelling`(spelling: String) {
        #expect(text { $0.number(spelled: spelling) } == spelling)
    }

    @Test(arguments: ["", "-", "01", "1.", ".5", "+1", "1e", "NaN", "0x1", "1 ", "١"])
    func `what is no number becomes a string`(spelling: String) {
        #expect(text { $0.number(spelled: spelling) } == "\"\(spelling)\"")
    }

    @Test(arguments: [0, 9, 10, -1, 1_234_567, Int.max, Int.min])
    func `integers`(number: Int) {
        #expect(text { $0.value(number) } == String(number))
    }

    @Test func `lines inside lines are indented, and inline stays inline`() {
        let written = text { json in
            json.object(.lines) { json in
                json.member("a", .lines) { $0.member("b", 1) }
                json.key("c")
                json.array(.lines) { json in
                    json.object { $0.member("d", ["e", "f"]) }
                    json.null()
                }
                json.member("g", [], .lines)
                json.member("h") { _ in }
            }
        }
        #expect(
            written == """
                {
                  "a": {
                    "b": 1
                  },
                  "c": [
                    {"d":["e","f"]},
                    null
                  ],
                  "g": [],
                  "h": {}
                }
                """)
    }
}
