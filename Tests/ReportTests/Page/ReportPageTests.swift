import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("Report: report.html")
struct ReportPageTests {
    private func between(_ start: String, _ end: String, in page: String) throws -> String {
        let from = try #require(page.range(of: start))
        let to = try #require(page.range(of: end, range: from.upperBound..<page.endIndex))
        return String(page[from.upperBound..<to.lowerBound])
    }

    private func data(of page: String) throws -> [String: Any] {
        let text = try between(#"<script type="application/json" id="data">"#, "</script>", in: page)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    private func emails(of page: String) throws -> [String] {
        try #require(try data(of: page)["rows"] as? [[Any]]).map { $0[3] as? String ?? "?" }
    }

    private func page(_ results: [AccountResult], room: Int) throws -> String {
        let folder = try ScratchFolder()
        var file = try ReportFile("page.html", in: OpenFolder(folder.path))
        try ReportPage(
            record: reportRecord(), summary: ReportSummary(results), selection: PageSelection(results), room: room
        ).write(results, to: &file)
        try file.finish()
        return try folder.read("page.html")
    }

    @Test func `every slot is filled and the page is whole`() throws {
        let page = try publishedPage([removedAccount(1, "a@x.com")])
        #expect(!page.contains("{{"))
        #expect(page.hasPrefix("<!doctype html>"))
        #expect(page.hasSuffix("</html>\n"))
    }

    @Test(arguments: ["style", "script"])
    func `the policy lets exactly this style sheet and script pass`(element: String) throws {
        let page = try publishedPage([])
        let source = try between("<\(element)>", "</\(element)>", in: page)
        let digest = Data(SHA256.digest(of: Array(source.utf8))).base64EncodedString()
        let policy = try between(#"http-equiv="Content-Security-Policy" content=""#, "\">", in: page)
        #expect(policy.hasPrefix("default-src 'none'; "))
        #expect(policy.contains("\(element)-src 'sha256-\(digest)';"))
        #expect(!policy.contains("unsafe"))
    }

    @Test func `nothing in it leads to another host`() throws {
        let page = try publishedPage(PageSamples.quiet)
        let addresses = page.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!addresses.contains("http://") && !addresses.contains("https://") && !addresses.contains("src="))
    }

    @Test func `it lists what changed or needs attention, in feed order, and counts the rest`() throws {
        let page = try publishedPage(PageSamples.night)
        let listed = PageSamples.night.filter {
            ![.alreadyAbsent, .skipped, .duplicate].contains($0.outcome)
        }
        #expect(try emails(of: page).count == listed.count)
        #expect(page.contains("Not listed, because nothing of them changed: 1 already absent, 1 skipped, 1 duplicate."))
    }

    @Test func `the search finds those that are not listed as well, as far as there is room`() throws {
        func others(_ page: String) throws -> [String] {
            try #require(try data(of: page)["others"] as? [[Any]]).map { $0[3] as? String ?? "?" }
        }
        let page = try publishedPage(PageSamples.night)
        #expect(try others(page) == ["dora@example.com", "emil@example.com", "anna@EXAMPLE.com"])
        #expect(page.contains("The search still finds them."))
        let skipped = (1...5).map { number in
            AccountResult(
                entry: reportEntry(number, "a\(number)@x.com"), outcome: .skipped, errors: ["no a\(number)@x.com"])
        }
        let short = try self.page(skipped, room: 2)
        #expect(try others(short) == ["a1@x.com", "a2@x.com"])
        #expect(try data(of: short)["reasons"] as? [String] == ["no \u{FFFC}"])
        #expect(short.contains("The search finds 2 of them"))
    }

    @Test func `no text of a feed can end the data or begin a comment in it`() throws {
        let page = try publishedPage(PageSamples.night, PageSamples.nightRecord)
        let data = try between(#"id="data">"#, "</script>", in: page)
        #expect(!data.contains("<"))
        #expect(try emails(of: page).suffix(PageSamples.hostile.count) == PageSamples.hostile.map(\.shown)[...])
        #expect(!page.replacing(data, with: "").contains("alarm=1</script>"))
    }

    @Test func `at the top stands what needs attention, the most urgent first`() throws {
        let page = try publishedPage(PageSamples.night, PageSamples.nightRecord)
        let titles = [
            "<h1>18 entries need attention", "The configs are incomplete",
            "A tunnel is still up",
            "1 account failed",
            "1 account refused", "14 invalid entries", "1 entry not processed", "What happened",
        ]
        let places = titles.map { page.range(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil }, "\(zip(titles, places).filter { $1 == nil })")
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    }

    @Test func `a stop says why and what to do`() throws {
        let page = try publishedPage(PageSamples.stopped, PageSamples.stoppedRecord)
        #expect(page.contains("<h1>The run was stopped; nothing was removed</h1>"))
        #expect(page.contains("more than the 500 of --max-removals; nothing was removed.</p>"))
        #expect(
            page.contains(
                "<strong>What to do:</strong> look at <code>wg-reconcile plan</code> of this feed; if it is right"))
        #expect(page.contains("It would remove 600 accounts and 590 instances of "))
        #expect(
            page.contains("With the rest of the call and the 12 hours before, it is 612 accounts and 600 instances."))
        #expect(page.contains("That is 60 percent of the instances."))
        #expect(page.contains("customer10@example.com</bdi> … and 590 more"))
        // Each would say the same. The data behind is for the search, which has every entry.
        #expect(!page.components(separatedBy: #"id="data""#)[0].contains("customer11@example.com"))
        #expect(!page.contains("The configs are incomplete"), "they were not to be touched")
    }

    @Test func `configs that were not regenerated need attention, whatever became of the accounts`() throws {
        let page = try publishedPage(PageSamples.quiet, reportRecord(regenerated: false))
        #expect(page.contains("<h1>The configs are incomplete; live interfaces were not checked</h1>"))
        #expect(page.contains("<h3>The configs are incomplete</h3>"))
    }

    @Test func `a quiet night says so`() throws {
        let page = try publishedPage(PageSamples.quiet)
        #expect(page.contains("<h1>Nothing needs attention; live interfaces were not checked</h1>"))
        #expect(page.contains("3 accounts were removed, out of 3 entries of tonight.csv. It took 5 seconds."))
        #expect(!page.contains("What needs attention</h2>"))
    }

    @Test func `a run that a guard had stopped was not cut short`() throws {
        var record = reportRecord()
        record.continued = true
        #expect(try publishedPage(PageSamples.quiet, record).contains("continued after it had been cut short."))
        record.continued = false
        record.wasHeldByGuard = true
        let page = try publishedPage(PageSamples.quiet, record)
        #expect(page.contains("A guard had stopped it before.") && !page.contains("cut short"))
    }

    @Test func `tunnels that nobody has seen down are in the headline`() throws {
        var results = PageSamples.quiet
        results[0].isTunnelUnseen = true
        results[1].isTunnelUnseen = true
        let page = try publishedPage(results)
        #expect(page.contains("<h1>The tunnels of 2 accounts could not be seen</h1>"))
        #expect(page.contains("<h3>The tunnels of 2 accounts could not be seen</h3>"))
        results.append(AccountResult(entry: reportEntry(9, "z@x.com"), outcome: .refused, errors: ["no"]))
        #expect(
            try publishedPage(results).contains(
                "<h1>3 entries need attention; the tunnels of 2 could not be seen</h1>"))
    }

    @Test func `tunnels of earlier runs are in the headline, those still up first`() throws {
        var record = reportRecord()
        record.earlierTunnels = TunnelCounts(up: 2, unseen: 1)
        let page = try publishedPage(PageSamples.quiet, record)
        #expect(
            page.contains(
                "<h1>The tunnels of 2 accounts of earlier runs are still up; live interfaces were not checked</h1>"))
        #expect(page.contains("<h3>The tunnels of 2 accounts of earlier runs are still up</h3>"))
        #expect(page.contains("<h3>The tunnel of 1 account of an earlier run could not be seen</h3>"))
        #expect(page.contains("<div class=\"urgent\">"))
    }

    @Test func `an interface that lacks a setting is in the headline`() throws {
        var record = reportRecord()
        record.configs.live.notApplied = ["wg3: MTU is 1420, and 1300 in its config"]
        let page = try publishedPage(PageSamples.quiet, record)
        #expect(page.contains("<h1>An interface may have to be restarted; live interfaces were not checked</h1>"))
        #expect(page.contains("<li class=\"plain\"><bdi>wg3: MTU is 1420, and 1300 in its config</bdi></li>"))
        #expect(page.contains("<div class=\"urgent\">"))
    }

    @Test func `a feed without entries has a page too`() throws {
        let page = try publishedPage([])
        #expect(page.contains("The feed had no entries."))
        #expect(page.contains("<p>There is none.</p>"))
        #expect(try emails(of: page).isEmpty)
    }

    @Test func `a list that would be too long keeps those that need attention, and says what it leaves out`() throws {
        let refused = AccountResult(entry: reportEntry(9, "z@x.com"), outcome: .refused, errors: ["no"])
        let page = try page(PageSamples.large(8) + [refused], room: 3)
        #expect(
            try emails(of: page) == ["customer00000@example.com", "customer00001@example.com", "z@x.com"])
        #expect(page.contains("The list ends after 3 accounts"))
        #expect(page.replacing("\n", with: " ").contains("6 more stand in"))
        #expect(try emails(of: self.page([refused, refused], room: 1)) == ["z@x.com"])
    }

    @Test func `an account takes little room`() throws {
        let results = PageSamples.large(1000)
        let bytes = try publishedPage(results).utf8.count - publishedPage([]).utf8.count
        #expect(bytes / results.count < 300)
    }
}
