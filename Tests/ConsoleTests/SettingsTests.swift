import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support
@testable import wg_reconcile

@Suite("Settings: options, environment and file")
struct SettingsTests {
    @Test func `the file that the package installs names places alone, so that all else is as without it`() throws {
        let file = try ConfigurationFile(
            reading: Fixtures.path("../jobs/config.json"), trust: FileTrust(allowsAnything: true))
        let settings = try Settings(environment: [:], file: file)
        #expect(settings.flaws().map(\.description) == [])
        #expect(Set(file.forms.keys) == ["inbox", "database", "wireguard-dir", "report-dir"])
        let run = try RunCommand.parse([]).completed(by: settings, []).command
        #expect(run.database.database == "/etc/wireguard/wireguard-webadmin-db.sqlite3")
        #expect(run.wireguard.wireguardDir == "/etc/wireguard")
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
            func source(_ arguments: String...) throws -> SourceOptions.Place {
                try RunCommand.parse(arguments).completed(by: settings, ["", "run"] + arguments).command.source
                    .place()
            }
            guard case .feed("feed.csv") = try source() else {
                Issue.record("the environment goes before the file")
                return
            }
            guard case .inbox("other") = try source("--inbox", "other") else {
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
            let run = try RunCommand.parse([]).completed(by: settings, [])
            #expect(run.command.wireguard.mtu == nil && run.command.pace.pause.value == 7)
            #expect(run.flaws.map(\.subject) == ["WG_RECONCILE_MTU", "mtu of \(path)"])
        }
    }
}
