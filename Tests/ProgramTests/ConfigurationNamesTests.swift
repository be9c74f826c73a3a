import Foundation
import Testing

@testable import Reconcile
@testable import wg_reconcile

@Suite("Program: the names of options")
struct ConfigurationNamesTests {
    @Test func `the environment and the file know every option that a command has, and no other`() throws {
        let dump = try Program.run(["--experimental-dump-help"]).stdout
        let tool = try JSONDecoder().decode(Tool.self, from: Data(dump.utf8))
        let options = tool.command.allOptionNames.subtracting(["help", "version"])
        // The feed is named by its place on the command line.
        #expect(options.union(["feed"]) == Set(OptionName.allCases.map(\.rawValue)))
    }

    /// It has a feed, and so no inbox.
    @Test func `the shipped example is accepted and shows every key that is not for one feed alone`() throws {
        let file = try ConfigurationFile(reading: example, trust: FileTrust(allowsAnything: true))
        let settings = try Settings(environment: [:], file: file)
        #expect(settings.flaws().map(\.description) == [])
        let keys = Set(OptionName.allCases.filter(\.isKey).map(\.rawValue))
        #expect(Set(file.forms.keys) == keys.subtracting(["approve", "hmac", "inbox"]))
        #expect(try settings.value(.maxFeedAge, as: Hours.self)?.value == 26)
        #expect(try settings.value(.keepReports, as: Days.self)?.value == 90)
        #expect(try settings.flag(.noApply) == false)
    }

    @Test(arguments: [
        ("WG_RECONCILE_MAX_REMOVAL", "did you mean WG_RECONCILE_MAX_REMOVALS?"),
        ("WG_RECONCILE_REPORTDIR", "did you mean WG_RECONCILE_REPORT_DIR?"),
        ("WG_RECONCILE_report_dir", "did you mean WG_RECONCILE_REPORT_DIR?"),
        ("WG_RECONCILE_", "the nearest known one is "),
    ])
    func `a misspelt variable is 78, also an empty one, and names the nearest known one`(
        name: String, hint: String
    ) throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            for value in ["1", ""] {
                let result = try plane.program("run", "feed.csv", environment: [name: value])
                #expect(result.status == 78)
                #expect(
                    result.stderr.contains("cannot use the variable \(name): there is no such option. Try: \(hint)"),
                    "\(result.stderr)")
            }
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test(arguments: [
        "WG_RECONCILE_STRICT", "WG_RECONCILE_LONG_TESTS", "WG_RECONCILE_REQUIRE_NETNS", "WG_RECONCILE_BUILD",
        "WG_RECONCILE_AXE",
        "WG_RECONCILE_TEST_PAUSE", "WG_RECONCILER", "PATH_WG_RECONCILE_X",
    ])
    func `switches of the build and the tests, and names of others, are no matter`(name: String) throws {
        #expect(try Settings(environment: [name: "1"]).flaws().isEmpty)
    }

    @Test func `of options that exclude each other, the first level that has one decides`() throws {
        try withControlPlane { plane in
            let file = try ConfigurationFile(reading: plane.configure(#""inbox": "in""#), trust: FileTrust())
            let settings = try Settings(environment: ["WG_RECONCILE_FEED": "feed.csv"], file: file)
            #expect(try settings.levels.map { try $0.value(.feed, as: String.self) } == ["feed.csv", nil])
            #expect(try settings.levels.map { try $0.value(.inbox, as: String.self) } == [nil, "in"])
            guard case .feed("feed.csv") = try RunOptions.parse([]).source(settings) else {
                Issue.record("the environment goes before the file")
                return
            }
            guard case .inbox("other") = try RunOptions.parse(["--inbox", "other"]).source(settings) else {
                Issue.record("the command line goes before both")
                return
            }
        }
    }

    @Test func `all flaws are found, not the first alone`() throws {
        try withControlPlane { plane in
            let path = try plane.configure(#""mtu": 1, "pause": "long", "feeds": "x""#)
            let file = try ConfigurationFile(reading: path, trust: FileTrust())
            let settings = try Settings(
                environment: ["WG_RECONCILE_MTU": "2", "WG_RECONCILE_FED": "x", "WG_RECONCILE_PAUSE": "7"], file: file)
            #expect(
                settings.flaws().map(\.subject) == [
                    "WG_RECONCILE_FED", "feeds of \(path)", "WG_RECONCILE_MTU", "mtu of \(path)", "pause of \(path)",
                ])
            #expect(try settings.withoutFlaws().value(.mtu, as: MTU.self) == nil)
            #expect(try settings.withoutFlaws().value(.pause, as: Count.self)?.value == 7)
        }
    }

    private var example: String {
        URL(filePath: #filePath).appending(path: "../../../jobs/config.json").standardizedFileURL.path()
    }
}

/// What `--experimental-dump-help` tells, as far as it is needed here.
private struct Tool: Decodable {
    struct Command: Decodable {
        var arguments: [Argument]?
        var subcommands: [Command]?

        var allOptionNames: Set<String> {
            let own = (arguments ?? []).filter { $0.kind != "positional" }.flatMap { $0.names ?? [] }
                .filter { $0.kind == "long" }.map(\.name)
            return (subcommands ?? []).reduce(into: Set(own)) { $0.formUnion($1.allOptionNames) }
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        var kind: String
        var names: [Name]?
    }

    var command: Command
}
