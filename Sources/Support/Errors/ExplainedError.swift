/// An error that ends the run, in the four parts that an operator needs: operation, subject, cause and hint.
///
/// Every error type of the library that can stop a run conforms. What goes wrong with a single account is not an error
/// but an ``Outcome``. No part may contain a key, a token, a password hash or session data.
package protocol ExplainedError: Error, CustomStringConvertible, Sendable {
    /// What was tried, as a verb phrase: "read the feed".
    var operation: String { get }
    /// What it was tried on, usually a path.
    var subject: String { get }
    /// Why it failed.
    var cause: String { get }
    /// What to do about it, as an instruction: "give the path with --database".
    var hint: String { get }
    /// The exit status of a run that ends with this error.
    var exitStatus: ExitStatus { get }
}

extension ExplainedError {
    package var description: String { "cannot \(operation) \(subject): \(cause)" }
}
