import ArgumentParser
import Support

/// An environment variable or a key of the configuration file has a value that its option does not accept.
struct WrongSetting: ExplainedError {
    enum Reason {
        case refused(by: any ExpressibleByArgument.Type)
        case empty
        case noText
        /// A number that cannot be represented.
        case tooLarge
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
        case .refused(let type as any DescribedValue.Type): "its value is not \(type.accepted)"
        case .refused(let type): "its value is not one of \(type.allValueStrings.joined(separator: ", "))"
        case .tooLarge: "its value is a number that is too large"
        case .empty: "its value is empty"
        case .noText: "its value is not text in quotes"
        case .unusable(let spelling): "its value is \(spelling)"
        }
    }

    var hint: String {
        switch place {
        case .variable(let name): "correct or unset \(name)"
        case .key(let key, let file): "correct the value of \(printable(key)) in \(printable(file)), or delete the key"
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

    var hint: String {
        if let option = WGReconcile.commandLineOnly.first(where: { spelling(of: $0) == name }) {
            return "\(option.asArgument) is for a single run: give it on the command line"
        }
        let known =
            switch place {
            case .variable: WGReconcile.variableNames
            case .key: WGReconcile.keyNames
            }
        guard let nearest = NearestName(to: nameOfOption, among: known.map(\.text)),
            let option = known.first(where: { $0.text == nearest.name })
        else { return "delete it" }
        return nearest.isClose
            ? "did you mean \(spelling(of: option))?"
            : "the nearest known one is \(spelling(of: option)); `wg-reconcile help run` lists them all"
    }

    private var name: String {
        switch place {
        case .variable(let name), .key(let name, _): name
        }
    }

    private var nameOfOption: Substring {
        switch place {
        case .variable(let name): name.dropFirst(OptionVariables.prefix.count + 1)
        case .key(let name, _): name[...]
        }
    }

    /// How the option is spelled where the unknown name is.
    private func spelling(of option: OptionName) -> String {
        switch place {
        case .variable: option.variable
        case .key: option.text
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

/// The folder of the configs and the database come from different places, and where the folder comes from stands another
/// database.
struct ForeignFolder: ExplainedError {
    private let place: SettingsSource.Place
    private let folder: String
    private let itsDatabase: String
    private let database: String

    init(place: SettingsSource.Place, folder: String, of itsDatabase: String, not database: String) {
        (self.place, self.folder, self.itsDatabase, self.database) = (place, folder, itsDatabase, database)
    }

    var operation: String { "use the \(place.kind)" }
    var subject: String { place.description }
    var cause: String {
        "\(printable(folder)) stands there beside the database \(printable(itsDatabase)), and the database is "
            + printable(database)
    }
    var hint: String {
        "give the folder of this database with --wireguard-dir, and check whether --report-dir is right for it"
    }
    var exitStatus: ExitStatus { .configurationWrong }
}

/// Required options were not given.
struct MissingOptions: ExplainedError {
    var options: [OptionName]

    init(_ options: OptionName...) { self.options = options }

    /// - Throws: ``MissingOptions`` with all options that have no value.
    static func require(_ values: [(option: OptionName, value: String?)]) throws {
        var error = MissingOptions()
        error.options = values.filter { $0.value == nil }.map(\.option)
        if !error.options.isEmpty { throw error }
    }

    private var isOne: Bool { options.count == 1 }
    private var isWithoutFeed: Bool { options.contains("feed") }

    var operation: String { "begin without" }
    var subject: String { options.map(\.asArgument).listed }
    var cause: String { isOne ? "it was not given" : "they were not given" }
    var hint: String {
        let named = options.filter { $0 != "feed" }
        let ways =
            (isWithoutFeed ? ["name the feed"] : []) + (named.isEmpty ? [] : ["give \(named.map(\.asArgument).listed)"])
        return ways.joined(separator: ", ")
            + ", or set \(options.map(\.variable).listed), or "
            + "\(options.map(\.text).listed) in the configuration file"
            + (isWithoutFeed ? "; or take the feeds in a folder with --inbox DIR" : "")
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

extension [String] {
    /// `a`, `a and b`, `a, b and c`.
    fileprivate var listed: String {
        guard let last, count > 1 else { return first ?? "" }
        return dropLast().joined(separator: ", ") + " and " + last
    }
}
