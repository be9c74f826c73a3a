import Configuration
import ControlPlane
import Feed
import SamplePlane
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
        case .file(let file): .key(option.rawValue, file: file.path)
        }
    }

    /// The values of an option that can be given several times; empty where there are none.
    ///
    /// - Throws: as ``text(of:)``.
    func texts(of option: OptionName) throws -> [String] {
        guard case .file(let file) = origin, option.isKey, file.forms[option.rawValue] == .texts, option.isList else {
            return try text(of: option).map { [$0] } ?? []
        }
        let value = try values.value(forKey: AbsoluteConfigKey([option.rawValue]), type: .stringArray).value
        guard case .stringArray(let texts)? = value?.content else { return [] }
        return texts
    }

    /// The value as it would be on the command line; nil where there is none. An empty variable counts as unset.
    ///
    /// - Throws: ``WrongSetting`` where a key has a value that no option accepts.
    func text(of option: OptionName) throws -> String? {
        switch origin {
        case .environment:
            let text = try content(of: option, as: .string)
            return text?.isEmpty == true ? nil : text
        case .file(let file):
            guard option.isKey, let form = file.forms[option.rawValue] else { return nil }
            return try text(of: option, form)
        }
    }

    private func text(of option: OptionName, _ form: ConfigurationFile.Form) throws -> String? {
        let text =
            switch form {
            case .text: try content(of: option, as: .string)
            case .integer: try content(of: option, as: .int)
            case .fraction: try content(of: option, as: .double)
            case .flag: try content(of: option, as: .bool)
            case .texts: throw WrongSetting(place(of: option), .unusable("[…]"))
            case .other(let spelling): throw WrongSetting(place(of: option), .unusable(spelling))
            }
        // A path written as a number is a mistake.
        if form != .text && option.type == String.self { throw WrongSetting(place(of: option), .noText) }
        if text?.isEmpty == true { throw WrongSetting(place(of: option), .empty) }
        // In a path, the system would ignore everything after the NUL.
        if text?.contains("\0") == true { throw WrongSetting(place(of: option), .unusable("text with a NUL in it")) }
        return text
    }

    private func content(of option: OptionName, as type: ConfigType) throws -> String? {
        let value: ConfigValue?
        do {
            value = try values.value(forKey: AbsoluteConfigKey([option.rawValue]), type: type).value
        } catch {
            // Only a number that is too large gets here. The form was checked before.
            throw WrongSetting(place(of: option), .outOfRange)
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
