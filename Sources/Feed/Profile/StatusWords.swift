/// What a status means for an account.
package enum StatusMeaning: Hashable, Sendable {
    case removal
    case stays
}

/// The known status words. Letter case is ignored.
package struct StatusWords: Hashable, Sendable {
    package static let standardRemoval = ["cancelled", "canceled", "suspended", "payment_failed", "deletion_requested"]
    package static let standardStaying = ["active", "trialing", "past_due", "pending"]

    private var meanings: [String: StatusMeaning] = [:]
    /// The first word that is in both lists.
    private(set) var inBoth: String?

    package init(removal: [String] = standardRemoval, staying: [String] = standardStaying) {
        for word in removal { meanings[word.trimmed.lowercased()] = .removal }
        for word in staying {
            if meanings.updateValue(.stays, forKey: word.trimmed.lowercased()) == .removal { inBoth = inBoth ?? word }
        }
    }

    /// - Parameter word: The word, without white space around it.
    /// - Returns: Nil for a word that is in neither list.
    package func meaning(of word: String) -> StatusMeaning? { meanings[word.lowercased()] }
}
