import ArgumentParser
import Configuration
import Feed
import Support

/// A source of options other than the command line: the environment or the configuration file.
struct SettingsSource {
    /// The place of a value, as error messages name it.
    enum Place: Hashable {
        case variable(String)
        case key(String, file: String)
    }

    private enum Origin {
        case environment
        case file(ConfigurationFile)
    }

    private let origin: Origin
    private let values: any ConfigSnapshot

    init(environment: [String: String]) {
        origin = .environment
        let prefix = OptionVariables.prefix
        values = EnvironmentVariablesProvider(environmentVariables: environment.filter { $0.key.hasPrefix(prefix) })
            .prefixKeys(with: [prefix]).snapshot()
    }

    /// - Throws: ``MalformedConfiguration`` for a number that is too large.
    init(_ file: ConfigurationFile) throws {
        origin = .file(file)
        do {
            // Parses the bytes that were checked. A provider that opens the path again could read another file.
            values = try JSONSnapshot(
                data: file.bytes.span.bytes, providerName: file.path, parsingOptions: .default)
        } catch {
            throw MalformedConfiguration.unreadableNumber(in: file.path)
        }
    }

    func place(of option: OptionName) -> Place {
        switch origin {
        case .environment: .variable(option.variable)
        case .file(let file): .key(option.text, file: file.path)
        }
    }

    /// The values of an option, each of which its type accepts; empty where this source has none.
    func checkedTexts(of option: DeclaredOption) throws(WrongSetting) -> [String] {
        let texts = try texts(of: option)
        for text in texts where option.type.init(argument: text) == nil {
            throw WrongSetting(place(of: option.name), .refused(by: option.type))
        }
        return texts
    }

    /// The value of an option that takes one; nil where there is none, or a wrong one, which is reported elsewhere.
    func text(of name: OptionName) -> String? {
        guard let option = WGReconcile.allOptions.first(where: { $0.name == name }) else { return nil }
        return (try? checkedTexts(of: option))?.first
    }

    private func texts(of option: DeclaredOption) throws(WrongSetting) -> [String] {
        switch (origin, option.sources) {
        case (_, .none), (.file, .environment): return []
        case (.environment, _):
            // An empty variable counts as not set.
            guard let text = try content(of: option.name, as: .string), !text.isEmpty else { return [] }
            return [text]
        case (.file(let file), .environmentAndFile):
            guard let form = file.forms[option.name.text] else { return [] }
            if form == .texts && option.form == .list { return array(of: option.name) }
            return [try text(of: option, form)]
        }
    }

    private func array(of option: OptionName) -> [String] {
        // The form was checked before.
        let value = try? values.value(forKey: AbsoluteConfigKey([option.text]), type: .stringArray).value
        guard case .stringArray(let texts)? = value?.content else { return [] }
        return texts
    }

    private func text(
        of option: DeclaredOption, _ form: ConfigurationFile.Form
    ) throws(WrongSetting) -> String {
        let (name, place) = (option.name, place(of: option.name))
        let text =
            switch form {
            case .text: try content(of: name, as: .string)
            case .integer: try content(of: name, as: .int)
            case .fraction: try content(of: name, as: .double)
            case .flag: try content(of: name, as: .bool)
            case .texts: throw WrongSetting(place, .unusable("[…]"))
            case .other(let spelling): throw WrongSetting(place, .unusable(spelling))
            }
        // A path written as a number is a mistake.
        if form != .text && option.type == String.self { throw WrongSetting(place, .noText) }
        guard let text, !text.isEmpty else { throw WrongSetting(place, .empty) }
        // In a path, the system would ignore everything after the NUL.
        if text.contains("\0") { throw WrongSetting(place, .unusable("text with a NUL in it")) }
        return text
    }

    private func content(of option: OptionName, as type: ConfigType) throws(WrongSetting) -> String? {
        let value: ConfigValue?
        do {
            value = try values.value(forKey: AbsoluteConfigKey([option.text]), type: type).value
        } catch {
            // Only a number that is too large gets here. The form was checked before.
            throw WrongSetting(place(of: option), .tooLarge)
        }
        return switch value?.content {
        case .string(let text)?: text
        case .int(let number)?: String(number)
        case .double(let number)?: String(number)
        case .bool(let flag)?: String(flag)
        default: nil
        }
    }
}
