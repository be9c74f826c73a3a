import ArgumentParser

/// An option as its declaration in a command or option group states it. The environment and the configuration file are
/// read by it, so that a new option needs no other entry.
struct DeclaredOption {
    enum Form {
        /// A value that is given on the command line without a name.
        case positional
        case value
        /// Can be given several times, and as an array in the configuration file.
        case list
        case flag
        /// A flag with a `--no-` form.
        case invertibleFlag
    }

    /// The sources that are asked for the option, besides the command line.
    enum Sources {
        case none, environment, environmentAndFile
    }

    let name: OptionName
    let form: Form
    /// The type of its values; ``Switch`` for a flag.
    let type: any ExpressibleByArgument.Type
    fileprivate(set) var sources = Sources.environmentAndFile

    /// The option on the command line with a value from elsewhere, which has been checked.
    func argument(_ text: String) -> [String] {
        switch form {
        case .positional: [text]
        case .value, .list: ["--\(name.text)=\(text)"]
        case .flag, .invertibleFlag:
            switch (Switch(argument: text)?.isOn, form) {
            case (true, _): ["--\(name.text)"]
            case (false, .invertibleFlag): ["--no-\(name.text)"]
            default: []
            }
        }
    }

    /// The spellings on the command line, without the dashes.
    var spellings: [String] {
        switch form {
        case .positional: []
        case .invertibleFlag: [name.text, "no-" + name.text]
        case .value, .list, .flag: [name.text]
        }
    }

    /// Whether the arguments name the option. A positional one has no name and is never found.
    func isNamed(in arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains { argument in
            spellings.contains { argument == "--" + $0 || argument.hasPrefix("--" + $0 + "=") }
        }
    }
}

/// A group of options for a single call, which somebody supervises. They are only read from the command line.
protocol CommandLineOnly: ParsableArguments {}

extension ParsableArguments {
    /// The options that this type and its groups declare, in the order of the help. Positional arguments that a command
    /// cannot do without are not among them.
    static var declaredOptions: [DeclaredOption] {
        // The wrappers are the stored properties, with an underscore before the name of the wrapped property.
        Mirror(reflecting: Self()).children.flatMap { child -> [DeclaredOption] in
            switch child.value {
            case let group as any GroupDeclaration: return Swift.type(of: group).content.declaredOptions
            case let option as any OptionDeclaration:
                guard let form = Swift.type(of: option).declared, let label = child.label else { return [] }
                return [
                    DeclaredOption(
                        name: OptionName(ofProperty: label.drop { $0 == "_" }), form: form.0, type: form.1,
                        sources: sources)
                ]
            default: return []
            }
        }
    }

    private static var sources: DeclaredOption.Sources {
        if self is any CommandLineOnly.Type { return .none }
        // The file cannot name another file.
        return self is ConfigurationOptions.Type ? .environment : .environmentAndFile
    }
}

extension ConfiguredCommand {
    /// The same, with the sources that this command asks.
    static var options: [DeclaredOption] {
        declaredOptions.map { option in
            var option = option
            if !readsFile && option.sources == .environmentAndFile { option.sources = .environment }
            return option
        }
    }

    /// Whether the command has an option for the configuration file.
    private static var readsFile: Bool { self is any FileConfiguredCommand.Type }
}

// MARK: What ArgumentParser's wrappers declare

private protocol GroupDeclaration {
    static var content: any ParsableArguments.Type { get }
}

extension OptionGroup: GroupDeclaration {
    fileprivate static var content: any ParsableArguments.Type { Value.self }
}

private protocol OptionDeclaration {
    /// nil where neither environment nor file can give it.
    static var declared: (DeclaredOption.Form, any ExpressibleByArgument.Type)? { get }
}

extension Option: OptionDeclaration {
    fileprivate static var declared: (DeclaredOption.Form, any ExpressibleByArgument.Type)? {
        switch Value.self {
        case let list as any ListOfArguments.Type: (.list, list.element)
        case let optional as any OptionalArgument.Type: (.value, optional.wrapped)
        case let value as any ExpressibleByArgument.Type: (.value, value)
        default: nil
        }
    }
}

extension Argument: OptionDeclaration {
    fileprivate static var declared: (DeclaredOption.Form, any ExpressibleByArgument.Type)? {
        (Value.self as? any OptionalArgument.Type).map { (.positional, $0.wrapped) }
    }
}

extension Flag: OptionDeclaration {
    fileprivate static var declared: (DeclaredOption.Form, any ExpressibleByArgument.Type)? {
        (Value.self == Bool.self ? .flag : .invertibleFlag, Switch.self)
    }
}

private protocol OptionalArgument {
    static var wrapped: any ExpressibleByArgument.Type { get }
}

extension Optional: OptionalArgument where Wrapped: ExpressibleByArgument {
    fileprivate static var wrapped: any ExpressibleByArgument.Type { Wrapped.self }
}

private protocol ListOfArguments {
    static var element: any ExpressibleByArgument.Type { get }
}

extension Array: ListOfArguments where Element: ExpressibleByArgument {
    fileprivate static var element: any ExpressibleByArgument.Type { Element.self }
}
