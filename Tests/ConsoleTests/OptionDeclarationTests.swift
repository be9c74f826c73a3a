import Foundation
import Glibc
import Testing

@testable import Feed
@testable import Support
@testable import wg_reconcile

/// The environment and the configuration file are read by what the commands declare.
@Suite("Settings: declared options")
struct OptionDeclarationTests {
    static let commands = WGReconcile.configuration.subcommands.compactMap { $0 as? any ConfiguredCommand.Type }

    @Test func `every subcommand takes options from the environment`() {
        #expect(Self.commands.count == WGReconcile.configuration.subcommands.count)
    }

    @Test(arguments: commands.indices)
    func `the help lists the declared options, and no other`(index: Int) throws {
        let command = Self.commands[index]
        let tool = try JSONDecoder().decode(Tool.self, from: Data(WGReconcile._dumpHelp().utf8))
        let listed = try #require(tool.command.subcommands?.first { $0.commandName == command._commandName })
        let declared = command.options
        #expect(
            declared.flatMap(\.spellings) == listed.optionNames,
            "in the order of the help")
        #expect(declared.filter { $0.form == .positional }.map(\.name.text) == listed.optionalOperands)
        #expect(declared.filter { $0.form == .list }.map(\.name.text) == listed.repeatedOptions)
    }

    @Test func `three kinds of options are not read from everywhere`() {
        #expect(WGReconcile.commandLineOnly == ["allow-older-feed", "yes", "run", "withdraw"])
        #expect(
            Set(WGReconcile.variableNames).subtracting(WGReconcile.keyNames) == ["config", "expect", "accounts"],
            "these commands read no file, and a file names no other")
    }

    @Test(arguments: commands.indices)
    func `an option does the same as variable, as key, and on the command line`(index: Int) throws {
        try expectSame(Self.commands[index])
    }

    private func expectSame<Command: ConfiguredCommand>(_ type: Command.Type) throws {
        let operands = Self.operands[type._commandName] ?? []
        func command(_ environment: [String: String] = [:], _ file: ConfigurationFile? = nil) throws -> String {
            let parsed = try type.parse(operands)
            let settings = try Settings(environment: environment, file: file)
            let (command, flaws) = try parsed.completed(by: settings, ["wg-reconcile", type._commandName] + operands)
            #expect(flaws.map(\.description) == [])
            return text(command)
        }
        let bare = try command()
        for option in type.options {
            let values = option.values
            try #require(!values.isEmpty, "no value is known for \(option.name.text)")
            for value in values {
                let given = try text(type.parse(operands + option.argument(value)))
                #expect(given != bare, "\(option.name.text) changes nothing")
                let byVariable = try command([option.name.variable: value])
                #expect(byVariable == (option.sources == .none ? bare : given), "\(option.name.variable)=\(value)")
                let byKey = try command([:], file([option.name.text: value]))
                #expect(
                    byKey == (option.sources == .environmentAndFile ? given : bare), "\(option.name.text): \(value)")
            }
        }
    }

    private func file(_ options: [String: String]) throws -> ConfigurationFile {
        let path = NSTemporaryDirectory() + "wg-reconcile-options-" + UUID().uuidString
        defer { unlink(path) }
        try JSONEncoder().encode(options).write(to: URL(filePath: path))
        return try ConfigurationFile(reading: path, trust: FileTrust(allowsAnything: true))
    }

    private func text(_ command: some ConfiguredCommand) -> String {
        var text = ""
        dump(command, to: &text)
        return text
    }

    /// What these commands cannot do without.
    private static let operands = [
        "history": ["anna@example.com"], "sign": ["feed.csv"], "sample": ["folder"], "schema": ["report"],
        "remove": ["anna@example.com"], "restore": ["anna@example.com"], "forget": ["anna@example.com"],
    ]

    @Test func `documents and examples name no option or variable that there is not`() throws {
        let options = Set(WGReconcile.allOptions.flatMap(\.spellings).map { "--" + $0 })
        let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let texts = try documents(in: root)
        #expect(texts.count > 15)
        for (name, text) in texts {
            for match in text.matches(
                of: #/wg-reconcile (?:run|plan|check|regenerate|deferred|merge|remove)\b([^\n`|]*)/#)
            {
                for option in match.1.matches(of: #/\s(--[a-z][a-z-]*)/#).map({ String($0.1) }) {
                    #expect(options.contains(option) || option == "--help", "\(name): \(option)")
                }
            }
            for variable in text.matches(of: #/\bWG_RECONCILE_[A-Z_]+\b/#).map({ String($0.0) }) {
                let unknown = OptionVariables.unknown(in: [variable: ""], besides: WGReconcile.variableNames)
                #expect(unknown.isEmpty, "\(name)")
            }
        }
    }

    private func documents(in root: URL) throws -> [(name: String, text: String)] {
        let places = ["README.md", "Sources/wg-reconcile/Documentation.docc", "jobs"]
        return try places.flatMap { place -> [(String, String)] in
            let url = root.appending(path: place)
            let names = try FileManager.default.subpathsOfDirectoryIfAny(url)
            return try names.filter { name in
                [".md", ".service", ".cron", ".yml", ".conf"].contains { name.hasSuffix($0) }
            }.map { ("\(place)/\($0)", try String(contentsOf: url.appending(path: $0), encoding: .utf8)) }
                + (names.isEmpty ? [(place, try String(contentsOf: url, encoding: .utf8))] : [])
        }
    }
}

extension FileManager {
    /// Empty for a file.
    fileprivate func subpathsOfDirectoryIfAny(_ url: URL) throws -> [String] {
        var isFolder: ObjCBool = false
        return fileExists(atPath: url.path(), isDirectory: &isFolder) && isFolder.boolValue
            ? try subpathsOfDirectory(atPath: url.path()) : []
    }
}

extension DeclaredOption {
    /// Values that the option takes and that change its command: the first of these texts that its type accepts.
    fileprivate var values: [String] {
        if form == .flag { return ["1"] }
        if form == .invertibleFlag { return ["1", "0"] }
        let texts = [
            "600", "7", "wireguard_peer.note", "email=Address", "unix", "Europe/Berlin", "json", "debug",
            "windows-1252", ";", "anna,ben",
        ]
        return texts.first { type.init(argument: $0) != nil }.map { [$0] } ?? []
    }
}

/// What `--experimental-dump-help` says, as far as it is needed here.
private struct Tool: Decodable {
    struct Command: Decodable {
        var commandName: String
        var arguments: [Argument]?
        var subcommands: [Command]?

        /// The long names, without those that every command has.
        var optionNames: [String] {
            (arguments ?? []).filter { $0.kind != "positional" }.compactMap(\.name)
                .filter { !["help", "version"].contains($0) }
        }

        var optionalOperands: [String] {
            (arguments ?? []).filter { $0.kind == "positional" && $0.isOptional && !$0.isRepeating }
                .compactMap(\.valueName)
        }

        var repeatedOptions: [String] {
            (arguments ?? []).filter { $0.kind == "option" && $0.isRepeating }.compactMap(\.name)
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            var kind: String
            var name: String
        }
        var kind: String
        var isOptional: Bool
        var isRepeating: Bool
        var valueName: String?
        var names: [Name]?

        var name: String? { names?.first { $0.kind == "long" }?.name }
    }

    var command: Command
}
