import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Report
@testable import Support

/// The page in a real browser, a headless Chromium; `Tests/Browser/report_page_tests.py` looks at it.
@Suite(
    "Report: report.html in a browser", .enabled(if: PageInBrowser.obstacle == nil, "\(PageInBrowser.obstacle ?? "")"))
struct ReportPageBrowserTests {
    @Test(arguments: [
        "renders_without_complaint_and_asks_for_nothing",
        "shows_every_account_that_changed_or_needs_a_person_and_no_other", "what_stood_in_the_feed_stays_text",
        "lets_no_other_script_or_style_pass", "search_finds_by_any_word_and_says_how_many",
        "search_finds_what_changed_nothing_by_its_place_and_reason", "copies_an_email_and_a_digest",
        "selects_what_it_cannot_copy", "leads_to_the_runs_before_and_after", "filters_by_outcome",
        "works_from_the_keyboard_alone", "fifty_thousand_accounts_are_searched_in_no_time",
        "is_dark_where_the_reader_likes_it", "all_text_has_contrast", "fits_a_phone", "is_fit_for_print",
        "says_what_matters_without_scripts", "has_landmarks_headings_in_order_and_names_for_its_fields",
    ])
    func `the page`(test: String) throws {
        let result = try #require(try PageInBrowser.results.get()["test_" + test], "that test was not run")
        #expect(result.state == "passed", "\(result.why)")
    }

    @Test(.enabled(if: PageInBrowser.axe != nil, "WG_RECONCILE_AXE names no axe.min.js"))
    func `axe-core finds no fault of accessibility`() throws {
        let result = try #require(try PageInBrowser.results.get()["test_axe_finds_no_fault"])
        #expect(result.state == "passed", "\(result.why)")
    }
}

private enum PageInBrowser {
    struct Result: Decodable {
        var test: String
        var state: String
        var why: String
    }

    private static let environment = ProcessInfo.processInfo.environment

    static let axe = environment["WG_RECONCILE_AXE"]

    private static let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private static let python = PythonScript.interpreter(able: "import unittest")

    /// Why these tests cannot run here; nil where they can. With WG_RECONCILE_REQUIRE_BROWSER=1 they run in any case.
    static let obstacle: String? =
        environment["WG_RECONCILE_REQUIRE_BROWSER"] == "1"
        ? nil
        : chromium == nil ? "there is no chromium" : python == nil ? "there is no python3" : nil

    /// Of all tests, by name. The browser is started once for all of them.
    static let results = Swift.Result { () throws -> [String: Result] in
        let folder = try ScratchFolder()
        try writePages(to: folder)
        let output = try PythonScript("Browser/report_page_tests.py").output(
            [try #require(chromium, "there is no chromium"), folder.path],
            by: try #require(python, "there is no python3"))
        let results = try output.split(separator: UInt8(ascii: "\n")).map { line in
            try JSONDecoder().decode(Result.self, from: line)
        }
        return Dictionary(uniqueKeysWithValues: results.map { ($0.test, $0) })
    }

    private static func writePages(to folder: ScratchFolder) throws {
        try folder.write(publishedPage(PageSamples.night, PageSamples.nightRecord), to: "night.html")
        try folder.write(publishedPage(PageSamples.stopped, PageSamples.stoppedRecord), to: "stopped.html")
        try folder.write(publishedPage(PageSamples.quiet), to: "quiet.html")
        try folder.write(publishedPage(PageSamples.large(50_000)), to: "large.html")
        for run in runs {
            var record = PageSamples.nightRecord
            record.id = run.description
            let report = try ReportFolder.prepare(in: folder.path + "/reports", runID: run)
            try report.publish(record, PageSamples.night)
            try report.writeIndex()
        }
        let expectations = try JSONSerialization.data(withJSONObject: nightExpectations)
        try folder.write(String(decoding: expectations, as: UTF8.self), to: "night.json")
    }

    private static let runs = (0...2).map { day in
        RunID(time: reportRunID.time.adding(seconds: 86_400 * day), randomness: 7)
    }

    /// Where the entry stands that the page does not list.
    private static var skippedPlace: String {
        let entry = PageSamples.night.first { $0.outcome == .skipped }?.entry
        return entry?.line.map { "line \($0)" } ?? "entry \(entry?.number ?? 0)"
    }

    /// What a reader of the night's page has to find.
    private static var nightExpectations: [String: Any] {
        let hostile = PageSamples.hostile.map(\.shown)
        let accounts = ["anna@example.com", "carla@example.com", "bert@example.org"]
        let needy = ["admin@example.org", "frida@example.com", "gustav@example.com"]
        return [
            "listed": accounts + needy + hostile,
            "all": PageSamples.night.count,
            "hostile": hostile,
            "searches": [
                // Also those that changed nothing, which the list does not have.
                "ANNA": ["anna@example.com", "[U+202E]moc.elpmaxe@anna[U+202C]", "anna@EXAMPLE.com"],
                "emil@": ["emil@example.com"],
                "skipped": ["emil@example.com"],
                "dora not found": ["dora@example.com"],
                "acct-0001": ["anna@example.com"],
                "wg7": ["anna@example.com", "carla@example.com"],
                "monitoring": ["anna@example.com"],
                "0b8e0c1e-7d4f anna": ["anna@example.com"],
                "superuser": ["admin@example.org"],
                "<script>window": hostile.prefix(2).map(\.self),
                "nobody at all": [],
            ],
            "others": ["\(skippedPlace) skipped": ["emil@example.com"], "skipped emil@": ["emil@example.com"]],
            "copies": [
                ".concern .copied .email[data-copy] ~ .copy": "carla@example.com",
                ".facts .copy": PageSamples.nightRecord.id,
            ],
            "runs": runs.map(\.description),
            "filters": [
                "attention": ["carla@example.com"] + needy + hostile,
                "removed": ["anna@example.com"], "partially_removed": ["carla@example.com", "bert@example.org"],
                "refused": ["admin@example.org"], "failed": ["frida@example.com"],
                "unprocessed": ["gustav@example.com"], "invalid": hostile,
                "all": accounts + needy + hostile,
            ],
            "details": [
                "WireGuard instance 0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e with 3 peers",
                "peer group anna@example.com_group", "user anna@example.com", "wg7",
                "API key monitoring: lost its last instance; it was disabled",
                "auth_user 1, django_session 2, wireguard_peer 3", "down: none of its keys is left on any interface",
                "entry 1, line 2, account acct-0001, status cancelled, effective at 2026-11-23, reason: customer left",
            ],
            "static": [
                "18 entries need attention", "A tunnel is still up",
                "the user is a superuser; feeds never remove superusers",
                "FOREIGN KEY constraint failed", "Not listed, because nothing of them changed", "already absent",
                "Searching the accounts takes JavaScript.",
            ],
        ]
    }
}
