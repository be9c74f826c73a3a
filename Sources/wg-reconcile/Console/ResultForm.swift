/// What a command prints of a run on standard output.
enum ResultForm {
    /// The summary, where standard output is a terminal.
    case summaryOnTerminal
    case summary
    /// The report's JSON.
    case report
    /// The endpoint's response for each account; in an array, unless a single one was named.
    case responses(isList: Bool)
}
