import ArgumentParser
import Feed
import Foundation
import Support
import WireGuard

/// What gives the options that the command line has not given: the environment, and after it the configuration file.
struct Settings {
    /// The first that has an option decides.
    private var sources: [SettingsSource]
    /// Options of a source that are passed over because their values are wrong.
    private var passedOver: Set<SettingsSource.Place> = []
    /// The configuration file, where there is one.
    let file: ConfigurationFile?
    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment, file: ConfigurationFile? = nil) throws {
        self.environment = environment
        self.file = file
        sources =
            try [SettingsSource(environment: environment)] + [file].compactMap { $0 }.map { try SettingsSource($0) }
    }

    /// The value of an option that the command line has not given; nil where nobody has.
    ///
    /// - Throws: ``WrongSetting``.
    func value<Value: ExpressibleByArgument>(_ option: OptionName, as type: Value.Type = Value.self) throws -> Value? {
        for source in sources where !passedOver.contains(source.place(of: option)) {
            if let value = try Self.value(option, as: type, in: source) { return value }
        }
        return nil
    }

    /// The values of an option that can be given several times; empty where nobody has given it. The first source that has
    /// it decides about all of them.
    ///
    /// - Throws: ``WrongSetting``.
    func values<Value: ExpressibleByArgument>(_ option: OptionName, as type: Value.Type = Value.self) throws -> [Value]
    {
        for source in sources where !passedOver.contains(source.place(of: option)) {
            let values = try Self.values(option, as: type, in: source)
            if !values.isEmpty { return values }
        }
        return []
    }

    private static func values<Value: ExpressibleByArgument>(
        _ option: OptionName, as type: Value.Type, in source: SettingsSource
    ) throws -> [Value] {
        try source.texts(of: option).map { text in
            guard let value = Value(argument: text) else {
                throw WrongSetting(source.place(of: option), .notOneOf(Value.allValueStrings))
            }
            return value
        }
    }

    private static func value<Value: ExpressibleByArgument>(
        _ option: OptionName, as type: Value.Type, in source: SettingsSource
    ) throws -> Value? {
        guard let text = try source.text(of: option) else { return nil }
        guard let value = Value(argument: text) else {
            throw WrongSetting(source.place(of: option), .notOneOf(Value.allValueStrings))
        }
        return value
    }

    /// - Returns: false where nobody has given the flag.
    func flag(_ option: OptionName) throws -> Bool { try optionalFlag(option) ?? false }

    /// - Returns: nil where nobody has given the flag.
    func optionalFlag(_ option: OptionName) throws -> Bool? { try value(option, as: Flag.self)?.isOn }

    /// The environment alone, then the file alone: for options that exclude each other, where the first level that has
    /// one of them decides.
    var levels: [Settings] {
        sources.map { source in
            var level = self
            level.sources = [source]
            return level
        }
    }

    // MARK: All of them

    /// Everything in the environment and the file that is no option, or no value of its option, also where it is
    /// overridden.
    func flaws() -> [any ExplainedError] { unknown + wrong }

    /// - Throws: the first ``UnknownSetting``: whoever misspells a guard would otherwise go without it.
    func requireKnown() throws {
        if let first = unknown.first { throw first }
    }

    /// The same without the values that are wrong.
    func withoutFlaws() -> Settings {
        var settings = self
        settings.passedOver = Set(wrong.map(\.place))
        return settings
    }

    private var unknown: [UnknownSetting] {
        OptionVariables.unknown(in: environment).map { UnknownSetting(.variable($0)) }
            + (file.map { file in
                let known = Set(OptionName.allCases.filter(\.isKey).map(\.rawValue))
                return file.forms.keys.filter { !known.contains($0) }.sorted().map {
                    UnknownSetting(.key($0, file: file.path))
                }
            } ?? [])
    }

    private var wrong: [WrongSetting] {
        sources.flatMap { source in
            OptionName.allCases.compactMap { option in
                do {
                    try Self.read(option, as: option.type, in: source)
                    return nil
                } catch {
                    // Nothing else is thrown by reading a value.
                    return error as? WrongSetting
                }
            }
        }
    }

    private static func read<Value: ExpressibleByArgument>(
        _ option: OptionName, as type: Value.Type, in source: SettingsSource
    ) throws {
        if type == Bool.self {
            _ = try value(option, as: Flag.self, in: source)
        } else if option.isList {
            _ = try values(option, as: type, in: source)
        } else {
            _ = try value(option, as: type, in: source)
        }
    }
}

/// A flag, as a variable or a key gives it.
private struct Flag: ExpressibleByArgument {
    var isOn: Bool

    init?(argument: String) {
        switch argument.lowercased() {
        case "1", "true", "yes": isOn = true
        case "0", "false", "no": isOn = false
        default: return nil
        }
    }

    static var allValueStrings: [String] { ["1", "0"] }
}
