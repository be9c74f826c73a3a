import Support

/// Accounts that an operator named, in place of a feed. To name one is to state its removal.
package struct NamedAccounts: Hashable, Sendable {
    /// As they were given.
    package let emails: [String]

    package init(_ emails: [String]) { self.emails = emails }

    /// One entry for each account, checked by the rules for the `email` of a feed.
    package var feed: Feed {
        let rules = EntryRules(statement: .everyEntry)
        return Feed(
            format: nil,
            entries: FeedEntries(
                emails.enumerated().map { index, email in
                    FeedEntry(number: index + 1, line: nil, fields: EntryFields(email: .text(email)), rules: rules)
                }))
    }

    /// Identifies a call with the same names, in hex. A call that was cut short is continued by it.
    ///
    /// No feed has this digest: what is hashed begins with a zero byte, which no feed that can be read has.
    package var digest: String {
        SHA256.digest(of: emails.flatMap { [0] + Array($0.utf8) }).map(\.hexDigits).joined()
    }
}
