import Reconcile

/// A variable of the environment holds something that its option does not take.
struct WrongVariable: ExplainedError {
    var name: String
    /// What it may hold, where that can be listed.
    var expected: [String]

    var operation: String { "use the variable" }
    var subject: String { name }
    var cause: String {
        expected.isEmpty
            ? "its value is no number, or out of range" : "its value is none of \(expected.joined(separator: ", "))"
    }
    var hint: String { "mend or unset \(name)" }
    var exitStatus: ExitStatus { .configurationWrong }
}

/// An option that has to be given was not.
struct MissingOption: ExplainedError {
    var option: String

    var operation: String { "begin without" }
    var subject: String { option }
    var cause: String { "it was not given" }
    var hint: String {
        option == "FEED"
            ? "name the feed, or set \(EnvironmentVariables.name(of: "feed")); --inbox DIR takes those of a folder"
            : "give \(option), or set \(EnvironmentVariables.name(of: String(option.dropFirst(2))))"
    }
    var exitStatus: ExitStatus { .usage }
}

/// Two options were given that exclude each other.
struct ConflictingOptions: ExplainedError {
    var option: String
    var other: String

    var operation: String { "begin with" }
    var subject: String { option }
    var cause: String { "\(other) is given, too" }
    var hint: String { "give one of the two" }
    var exitStatus: ExitStatus { .usage }
}
