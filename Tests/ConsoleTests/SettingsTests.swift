import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support
@testable import wg_reconcile

@Suite("Settings: options, environment and file")
struct SettingsTests {
    @Test func `the environment and the file know every option that a command has, and no other`() throws {
        let dump = WGReconcile._dumpHelp()
        let tool = try JSONDecoder().decode(Tool.self, from: Data(dump.utf8))
        // An old feed is let pass, and a removal withdrawn, by somebody who says so then and there.
        let options = tool.command.allOptionNames.subtracting(["help", "version", "allow-older-feed", "withdraw"])
        // The feed is named by its place on the command line.
        #expect(options.union(["feed"]) == Set(OptionName.allCases.map(\.rawValue)))
    }

    @Test func `the file that the package installs names places alone, so that all else is as without it`() throws {
        let file = try ConfigurationFile(
            reading: Fixtures.path("../jobs/config.json"), trust: FileTrust(allowsAnything: true))
        let settings = try Settings(environment: [:], file: file)
        #expect(settings.flaws().map(\.description) == [])
        #expect(Set(file.forms.keys) == ["inbox", "database", "wireguard-dir", "report-dir"])
        #expect(try settings.value(.database) == "/etc/wireguard/wireguard-webadmin-db.sqlite3")
        #expect(try settings.value(.wireguardDir) == "/etc/wireguard")
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
        let folder = try ScratchFolder()
        do {
            try folder.write(#"{"inbox": "in"}"#, to: "config.json")
            let file = try ConfigurationFile(reading: folder.path + "/config.json", trust: FileTrust())
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
        let folder = try ScratchFolder()
        do {
            try folder.write(#"{"mtu": 1, "pause": "long", "feeds": "x"}"#, to: "config.json")
            let path = folder.path + "/config.json"
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
