import Foundation
import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("Merge: one report of many")
struct MergeTests {
    private let bench: MergeBench

    init() throws { bench = try MergeBench() }

    private func absent(_ number: Int, _ email: String) -> AccountResult {
        AccountResult(
            entry: reportEntry(number, email), outcome: .alreadyAbsent,
            errors: AccountTarget().notFound(email: email), removal: RemovalRecord())
    }

    private func refused(_ number: Int, _ email: String) -> AccountResult {
        AccountResult(entry: reportEntry(number, email), outcome: .refused, errors: ["the user is staff"])
    }

    @Test func `it has a line for each entry, with what each host says of it`() throws {
        let first = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com"), absent(2, "b@x.com")])
        let second = try bench.report(of: "vpn2", [absent(1, "a@x.com"), refused(2, "b@x.com")])
        let (finished, json) = try bench.merge([second, first])

        let accounts = try #require(json["accounts"] as? [[String: Any]])
        #expect(accounts.map { $0["outcome"] as? String } == ["removed", "refused"])
        #expect(accounts.map { $0["errors"] as? [String] } == [[], ["vpn2: the user is staff"]])
        let hosts = try #require(accounts[0]["hosts"] as? [[String: Any]])
        #expect(hosts.map { $0["host"] as? String } == ["vpn1", "vpn2"])
        #expect(hosts.map { $0["outcome"] as? String } == ["removed", "already_absent"])
        #expect(hosts.map { ($0["removed_items"] as? [Any])?.count } == [4, 0])
        #expect(finished.exitStatus == .attentionNeeded)
    }

    @Test func `it has a page with the state of each host`() throws {
        let first = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com"), absent(2, "b@x.com")])
        let second = try bench.report(of: "vpn2", [absent(1, "a@x.com"), refused(2, "b@x.com")])
        _ = try bench.merge([second, first], expect: ["vpn1", "vpn2", "vpn3"])
        let page = try bench.folder.read("merged/latest/report.html")
        #expect(page.contains("<h1>1 host did not report; 1 entry needs attention"))
        for (host, state) in [("vpn1", "completed"), ("vpn2", "completed"), ("vpn3", "did not report")] {
            #expect(page.contains("<bdi class=\"host\">\(host)</bdi> <span class=\"state\">\(state)</span>"))
        }
        #expect(page.contains("vpn2: the user is staff") && !page.contains("{{"))
        #expect(try bench.folder.read("merged/index.html").contains("1 host did not report"))
    }

    @Test func `an account needs attention since the first time on any host`() throws {
        var early = refused(1, "a@x.com")
        early.firstSeen = UTCTime(seconds: 1_795_000_000)
        var late = refused(1, "a@x.com")
        late.firstSeen = UTCTime(seconds: 1_795_457_220)
        let reports = [try bench.report(of: "vpn1", [late]), try bench.report(of: "vpn2", [early])]
        let (finished, json) = try bench.merge(reports)
        let account = try #require((json["accounts"] as? [[String: Any]])?.first)
        #expect(account["first_seen"] as? String == early.firstSeen?.rfc3339)
        #expect(finished.summary.newlyNeedingAttention == 0)
        #expect(try bench.merge([reports[0]]).finished.summary.newlyNeedingAttention == 1)
    }

    @Test func `what hosts kept restricted stands with the account and with the host`() throws {
        var result = removedAccount(1, "a@x.com")
        result.removal?.keptRestricted = [KeptRestriction(.apiKey, "monitoring", "was disabled"), .rule("r")]
        let first = try bench.report(of: "vpn1", [result])
        let second = try bench.report(of: "vpn2", [absent(1, "a@x.com")])
        let account = try #require((try bench.merge([first, second]).json["accounts"] as? [[String: Any]])?.first)
        let hosts = try #require(account["hosts"] as? [[String: Any]])
        for kept in [account["kept_restricted"], hosts[0]["kept_restricted"]] {
            let kept = try #require(kept as? [[String: String]])
            #expect(kept.map { $0["identifier"] } == ["monitoring", "r"])
            #expect(kept.map { $0["type"] } == ["api_key", "firewall_rule"])
        }
        #expect((hosts[1]["kept_restricted"] as? [Any])?.isEmpty == true)
    }

    @Test func `what was left behind on hosts stands with the account and with the host, and is counted`() throws {
        var result = removedAccount(1, "a@x.com")
        result.leftBehind = [LeftBehind(.paymentToken, "a@x.com", "a token"), LeftBehind(.staticHost, "nas", "is")]
        let first = try bench.report(of: "vpn1", [result])
        // Nobody has looked there.
        let second = try bench.report(of: "vpn2", [absent(1, "a@x.com")])
        var third = absent(1, "a@x.com")
        third.leftBehind = [LeftBehind(.staticHost, "lan", "is")]
        let merged = try bench.merge([first, second, bench.report(of: "vpn3", [third])]).json
        let account = try #require((merged["accounts"] as? [[String: Any]])?.first)
        let hosts = try #require(account["hosts"] as? [[String: Any]])
        func identifiers(_ list: Any?) -> [String]? {
            (list as? [[String: String]])?.compactMap { $0["identifier"] }
        }
        #expect(identifiers(account["left_behind"]) == ["a@x.com", "nas", "lan"])
        #expect(hosts.map { identifiers($0["left_behind"]) } == [["a@x.com", "nas"], nil, ["lan"]])
        #expect((merged["summary"] as? [String: Any])?["left_behind"] as? Int == 3)
    }

    @Test func `a report of an earlier version has nothing of what was left behind`() throws {
        let path = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com")])
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing(#""left_behind":[],"#, with: "").write(toFile: path, atomically: false, encoding: .utf8)
        let merged = try bench.merge([path, bench.report(of: "vpn2", [absent(1, "a@x.com")])]).json
        let account = try #require((merged["accounts"] as? [[String: Any]])?.first)
        #expect(account["left_behind"] is NSNull)
    }

    @Test func `whoever reads the report of a run reads this one too`() throws {
        var removed = removedAccount(1, "a@x.com")
        removed.removal?.keptRestricted = [.rule("r")]
        let results = [removed, absent(2, "b@x.com"), refused(3, "c@x.com")]
        let report = try bench.report(of: "vpn1", results)
        let single = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: report)))
        let alone = try #require(single as? [String: Any])
        let nothing = results.map { absent($0.entry.number, $0.entry.email) }
        let merged = try bench.merge([report, bench.report(of: "vpn2", nothing)]).json

        #expect(merged["report_version"] as? Int == 2)
        #expect(Set(merged.keys) == Set(alone.keys))
        for (name, added) in [("run", ["hosts", "missing_hosts", "merged_at"]), ("summary", [])] {
            let (one, many) = (alone[name] as? [String: Any] ?? [:], merged[name] as? [String: Any] ?? [:])
            #expect(Set(many.keys) == Set(one.keys).union(added), "\(name)")
        }
        let (one, many) = (alone["accounts"] as? [[String: Any]] ?? [], merged["accounts"] as? [[String: Any]] ?? [])
        #expect(Set(many[0].keys) == Set(one[0].keys).union(["hosts"]))
        // Of an account that only one host had, it says what that host says.
        let shared = many[0].filter { $0.key != "hosts" }
        #expect(NSDictionary(dictionary: shared) == NSDictionary(dictionary: one[0]))
    }

    @Test func `the folder is that of a run, with accounts.csv`() throws {
        let report = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com")])
        let path = try bench.merge([report]).finished.reportPath
        #expect(path == bench.folder.path + "/merged/20261123T182000Z-00000007")
        #expect(try bench.folder.names(in: "merged/latest") == ["accounts.csv", "report.html", "report.json"])
        #expect(try bench.folder.mode("merged/latest/accounts.csv") == 0o640)
        let rows = try bench.folder.read("merged/latest/accounts.csv").split(separator: "\n")
        #expect(rows.count == 2)
        #expect(rows[1].hasPrefix("1,2,,a@x.com,cancelled,removed,200,0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e,3,"))
    }

    @Test func `billing's own key comes back digit by digit`() throws {
        var account = absent(1, "a@x.com")
        account.entry.accountID = .number("12345678901234567890.10")
        account.entry.reason = .text("a \"reason\"\n\u{2028}ü")
        let report = try bench.report(of: "vpn1", [account])
        _ = try bench.merge([report])
        let text = try bench.folder.read("merged/latest/report.json")
        #expect(text.contains(#""account_id":12345678901234567890.10,"#))
        #expect(text.contains(#""reason":"a \"reason\"\n\u2028ü""#))
    }

    @Test func `a feed without entries makes a merged report without accounts`() throws {
        let reports = try [bench.report(of: "vpn1", []), bench.report(of: "vpn2", [])]
        let (finished, json) = try bench.merge(reports)
        #expect((json["accounts"] as? [Any])?.isEmpty == true)
        #expect(finished.exitStatus == .success)
    }

    // MARK: Hosts

    @Test func `a host that is expected and did not report makes the whole incomplete`() throws {
        let report = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com"), absent(2, "b@x.com")])
        let (finished, json) = try bench.merge([report], expect: ["vpn1", "vpn2"])
        let run = try #require(json["run"] as? [String: Any])
        #expect(run["missing_hosts"] as? [String] == ["vpn2"])
        #expect(run["stopped_by"] as? String == "vpn2: did not report")
        let outcomes = (json["accounts"] as? [[String: Any]] ?? []).map { $0["outcome"] as? String }
        #expect(outcomes == ["removed", "unprocessed"])
        #expect(finished.exitStatus == .attentionNeeded)
    }

    @Test func `where the feed is named, a report of another feed counts as none`() throws {
        let feed = bench.folder.path + "/feed.csv"
        try bench.folder.write("email\na@x.com\n", to: "feed.csv")
        let digest = try FeedSource(reading: feed).digest
        let tonight = try bench.report(of: "vpn1", [absent(1, "a@x.com")], feed: digest)
        let stale = try bench.report(of: "vpn2", [], feed: "cd34")
        #expect(try bench.merge([tonight, stale], feed: feed).finished.run.missing == ["vpn2"])
        #expect(throws: ReportsDisagree.self) { try bench.merge([stale], feed: feed) }
    }

    @Test func `a guard that stopped one host shows in the exit status`() throws {
        let one = try bench.report(of: "vpn1", [absent(1, "a@x.com")])
        let other = try bench.report(
            of: "vpn2", [AccountResult(entry: reportEntry(1, "a@x.com"), outcome: .unprocessed)]
        ) {
            $0.stop = RunStop(reason: "blocked by a guard", exitStatus: .stoppedByGuard)
        }
        #expect(try bench.merge([one, other]).finished.exitStatus == .stoppedByGuard)
    }

    @Test func `configs that are not as they should be on one host need attention`() throws {
        let one = try bench.report(of: "vpn1", [absent(1, "a@x.com")])
        let other = try bench.report(of: "vpn2", [absent(1, "a@x.com")]) { $0.configs.errors = ["no room"] }
        let (finished, json) = try bench.merge([one, other])
        #expect(finished.exitStatus == .attentionNeeded)
        let configs = (json["run"] as? [String: Any])?["configs"] as? [String: Any]
        #expect(configs?["errors"] as? [String] == ["vpn2: no room"])
        #expect(configs?["deleted"] as? [String] == ["vpn1: wg7.conf", "vpn2: wg7.conf"])
        #expect(try bench.merge([one]).finished.exitStatus == .success)
    }

    @Test func `tunnels of accounts of earlier runs need attention, and the host that has them is named`() throws {
        let one = try bench.report(of: "vpn1", [absent(1, "a@x.com")]) { $0.earlierTunnels = TunnelCounts(up: 2) }
        let other = try bench.report(of: "vpn2", [absent(1, "a@x.com")]) { $0.earlierTunnels = TunnelCounts(unseen: 1) }
        // Its interfaces were not checked.
        let third = try bench.report(of: "vpn3", [absent(1, "a@x.com")])
        // Reports of versions before do not say.
        let old = try bench.copy(try bench.report(of: "vpn4", [absent(1, "a@x.com")]), as: "old.json") {
            $0.replacing(#"    "earlier_tunnels": null,\#n"#, with: "")
        }
        #expect(try !String(contentsOfFile: old, encoding: .utf8).contains("earlier_tunnels"))
        let (finished, json) = try bench.merge([one, other, third, old])
        #expect(finished.exitStatus == .attentionNeeded && finished.summary.needingAttention == 0)
        let run = try #require(json["run"] as? [String: Any])
        #expect(run["earlier_tunnels"] as? [String: Int] == ["up": 2, "unseen": 1])
        let hosts = try #require(run["hosts"] as? [[String: Any]])
        #expect(
            hosts.map { $0["earlier_tunnels"] as? [String: Int] }
                == [["up": 2, "unseen": 0], ["up": 0, "unseen": 1], nil, nil])
        let unchecked = try bench.merge([third, old])
        #expect(unchecked.finished.exitStatus == .success)
        #expect((unchecked.json["run"] as? [String: Any])?["earlier_tunnels"] is NSNull)
    }

    @Test func `what was recognised of the application stands with each host`() throws {
        let application = try recognisedApplication()
        let one = try bench.report(of: "vpn1", []) { $0.configs.learnt = application }
        let run = try #require(
            try bench.merge([one, bench.report(of: "vpn2", [])], expect: ["vpn1", "vpn2", "vpn3"]).json["run"]
                as? [String: Any])
        let hosts = try #require(run["hosts"] as? [[String: Any]]).map { $0["application"] as? [String: Any] }
        #expect(hosts.map { $0?["releases"] as? String } == [application.releases, nil, nil])
        #expect(hosts[0]?["recognised_from"] as? [String] == ["configs", "tables"])
        #expect((run["configs"] as? [String: Any])?["application"] is NSNull)
    }

    @Test func `the same report twice is no harm, and of one run the later report counts`() throws {
        let early = try bench.report(
            of: "vpn1", [AccountResult(entry: reportEntry(1, "a@x.com"), outcome: .unprocessed)])
        let kept = try bench.copy(early, as: "early.json") { $0 }
        let late = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com")], finishedAt: 1_795_457_900)
        #expect(try bench.merge([late, late]).finished.summary[.removed] == 1)
        #expect(try bench.merge([kept, late]).finished.summary[.removed] == 1)
        #expect(try bench.merge([late, kept]).finished.summary[.removed] == 1)
    }

    @Test func `NAME=REPORT names a host`() throws {
        let (a, b) = (try bench.report(of: "localhost", []), try bench.report(of: "localhost", [], run: 2))
        #expect(try bench.merge(["vpn1=" + a, "vpn2=" + b]).finished.run.hosts.map(\.name) == ["vpn1", "vpn2"])
    }

    @Test func `a run that a guard had stopped is told from one that was cut short`() throws {
        let held = try bench.report(of: "vpn1", [removedAccount(1, "a@x.com")]) { $0.wasHeldByGuard = true }
        // Reports of versions before do not say.
        let old = try bench.copy(try bench.report(of: "vpn2", [absent(1, "a@x.com")]), as: "old.json") {
            $0.replacing(#"    "was_held": false,\#n"#, with: "")
        }
        #expect(try !String(contentsOfFile: old, encoding: .utf8).contains("was_held"))
        let run = try #require(try bench.merge([held, old]).json["run"] as? [String: Any])
        #expect(run["was_held"] as? Bool == true && run["continued"] as? Bool == false)
        let hosts = try #require(run["hosts"] as? [[String: Any]])
        #expect(hosts.map { $0["was_held"] as? Bool } == [true, false])
    }
}
