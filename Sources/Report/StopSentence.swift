import Feed
import Foundation
import Support

/// What ended a run early, as one sentence of the report: the reason, and what to do about it.
package struct StopSentence {
    private static let joint = ". Try: "

    let reason: String
    /// Empty in a sentence without advice.
    let advice: String

    package init(_ error: any ExplainedError) { (reason, advice) = (error.description, error.hint) }

    /// Splits a sentence into its reason and its advice.
    init(parsing text: String) {
        let parts = text.range(of: Self.joint, options: .backwards).map {
            (text[..<$0.lowerBound], text[$0.upperBound...])
        }
        (reason, advice) = parts.map { (String($0), String($1)) } ?? (text, "")
    }

    package var text: String { reason + Self.joint + advice }
}
