import ControlPlane
import Feed
import Report
import Support
import WireGuard

/// An environment variable or a key of the configuration file has a value that its option does not accept.
struct WrongSetting: ExplainedError {
    enum Reason {
        /// The valid values, where they can be listed.
        case notOneOf([String])
        case empty
        case noText
        case outOfRange
        /// `null`, an array or an object.
        case unusable(String)
    }

    var place: SettingsSource.Place
    var reason: Reason

    init(_ place: SettingsSource.Place, _ reason: Reason) {
        self.place = place
        self.reason = reason
    }

    var operation: String { "use the \(place.kind)" }
    var subject: String { place.description }

    var cause: String {
        switch reason {
        case .notOneOf([]), .outOfRange: "its value is no number, names nobody, or is out of range"
        case .notOneOf(let values): "its value is none of \(values.joined(separator: ", "))"
        case .empty: "its value is empty"
        case .noText: "its value is no text in quotes"
        case .unusable(let spelling): "its value is \(spelling)"
        }
    }

    var hint: String {
        switch place {
        case .variable(let name): "mend or unset \(name)"
        case .key(let key, let file): "mend the value of \(printable(key)) in \(printable(file)), or delete the key"
        }
    }

    var exitStatus: ExitStatus { .configurationWrong }
}

/// A variable or key that is not an option. It is probably misspelt, and may be meant as a guard.
struct UnknownSetting: ExplainedError {
    var place: SettingsSource.Place

    init(_ place: SettingsSource.Place) { self.place = place }

    var operation: String { "use the \(place.kind)" }
    var subject: String { place.description }
    var cause: String { "there is no such option" }

    /// Whether the option is accepted only on the command line, because it is for one run that an operator supervises.
    private var isForCommandLine: Bool {
        switch place {
        case .variable(let name): name == OptionVariables.prefix + "_ALLOW_OLDER_FEED"
        case .key(let key, _): key == "allow-older-feed"
        }
    }

    var hint: String {
        if isForCommandLine { return "--allow-older-feed is for one run: give it on the command line" }
        return switch place {
        case .variable(let name):
            NearestName(to: name.dropFirst(OptionVariables.prefix.count + 1), among: OptionName.allCases)
                .hint(\.variable)
        case .key(let key, _): NearestName(to: key, among: OptionName.allCases.filter(\.isKey)).hint(\.rawValue)
        }
    }

    var exitStatus: ExitStatus { .configurationWrong }
}

extension SettingsSource.Place: CustomStringConvertible {
    fileprivate var kind: String {
        switch self {
        case .variable: "variable"
        case .key: "key"
        }
    }

    var description: String {
        switch self {
        case .variable(let name): printable(name)
        case .key(let key, let file): "\(printable(key)) of \(printable(file))"
        }
    }
}

/// A required option was not given.
struct MissingOption: ExplainedError {
    var option: OptionName

    var operation: String { "begin without" }
    var subject: String { option.asArgument }
    var cause: String { "it was not given" }
    var hint: String {
        (option == .feed ? "name the feed" : "give \(subject)")
            + ", or set \(option.variable), or \(option.rawValue) in the configuration file"
            + (option == .feed ? "; --inbox DIR takes those of a folder" : "")
    }
    var exitStatus: ExitStatus { .usage }
}

/// Two options were given that exclude each other.
struct ConflictingOptions: ExplainedError {
    var option: OptionName
    var other: OptionName

    var operation: String { "begin with" }
    var subject: String { option.asArgument }
    var cause: String { "\(other.asArgument) is given, too" }
    var hint: String { "give one of the two" }
    var exitStatus: ExitStatus { .usage }
}
