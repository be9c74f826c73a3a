import Feed
import Foundation
import Support

/// What ended a run before its time, as the report says it in one sentence: why, and what to do about it.
package struct StopSentence {
    private static let joint = ". Try: "

    let reason: String
    /// Empty in a sentence that has none.
    let advice: String

    package init(_ error: any ExplainedError) { (reason, advice) = (error.description, error.hint) }

    /// Takes a sentence apart again.
    init(parsing text: String) {
        let parts = text.range(of: Self.joint, options: .backwards).map {
            (text[..<$0.lowerBound], text[$0.upperBound...])
        }
        (reason, advice) = parts.map { (String($0), String($1)) } ?? (text, "")
    }

    package var text: String { reason + Self.joint + advice }
}
