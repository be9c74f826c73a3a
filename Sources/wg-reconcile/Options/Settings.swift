import ArgumentParser
import Feed
import Foundation
import Support
import WireGuard

/// Values for options that are not on the command line. They come from the environment first, then from the
/// configuration file.
struct Settings {
    /// The first source that has an option decides.
    private var sources: [SettingsSource]
    /// Options of a source that are ignored because their values are invalid.
    private var passedOver: Set<SettingsSource.Place> = []
    /// The configuration file, if there is one.
    let file: ConfigurationFile?
    private let environment: [String: String]

    init(environment: [String: String] = ProcessInfo.processInfo.environment, file: ConfigurationFile? = nil) throws {
        self.environment = environment
        self.file = file
        sources =
            try [SettingsSource(environment: environment)] + [file].compactMap { $0 }.map { try SettingsSource($0) }
    }

    /// The value of an option that is not on the command line; nil where no source has it.
    ///
    /// - Throws: ``WrongSetting``.
    func value<Value: ExpressibleByArgument>(_ option: OptionName, as type: Value.Type = Value.self) throws -> Value? {
        for source in sources where !passedOver.contains(source.place(of: option)) {
            if let value = try Self.value(option, as: type, in: source) { return value }
        }
        return nil
    }

    /// The values of an option that can be given several times; empty where no source has it. The first source that has
    /// the option supplies all its values.
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

    /// - Returns: False where no source has the flag.
    func flag(_ option: OptionName) throws -> Bool { try optionalFlag(option) ?? false }

    /// - Returns: nil where no source has the flag.
    func optionalFlag(_ option: OptionName) throws -> Bool? { try value(option, as: Flag.self)?.isOn }

    /// The environment alone, then the file alone. For options that exclude each other: the first level that has one of
    /// them decides.
    var levels: [Settings] {
        sources.map { source in
            var level = self
            level.sources = [source]
            return level
        }
    }

    // MARK: All of them

    /// All unknown names and invalid values in the environment and the file, even if they are overridden.
    func flaws() -> [any ExplainedError] { unknown + wrong }

    /// - Throws: The first ``UnknownSetting``. Otherwise a misspelt guard would go unnoticed.
    func requireKnown() throws {
        if let first = unknown.first { throw first }
    }

    /// The same without the invalid values.
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
                    // Reading a value throws no other error.
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

/// A flag as given in a variable or key.
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
