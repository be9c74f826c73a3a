import Support

/// One entry of the feed, read but not yet judged against time, the other entries or the database.
package struct FeedEntry: Hashable, Sendable {
    /// The entry's place in the feed, from 1.
    package var number: Int
    /// The line on which the entry begins, from 1; nil for an entry that does not come from the feed at hand.
    package var line: Int?
    /// Billing's own key, echoed. It decides nothing.
    package var accountID: EchoedValue?
    /// Which of the customer's subscriptions the entry is about; echoed.
    package var subscriptionID: EchoedValue?
    /// Echoed.
    package var reason: EchoedValue?
    /// The email without surrounding white space; empty where the entry has none that is a string.
    package var email: String
    /// The status as it is in the feed, without surrounding white space; nil where it is missing, null or empty. One
    /// that is no string is a fault, and shows here all the same.
    package var status: String?
    /// What the entry says of the account; nil where that cannot be told, which is a fault as well.
    package var meaning: StatusMeaning?
    /// When the cancellation takes effect.
    package var effectiveAt: EffectiveTime?
    /// Whether there is an `effective_at` that cannot be read, which is a fault as well.
    package var hasUnreadableDate = false
    /// The entry of an earlier feed that was put off, where this one comes from the journal; nil for one of the feed.
    package var deferral: Deferral?
    /// What is wrong with the entry, field by field: `email is blank`. An entry with faults is `invalid`.
    package var faults: [String]

    package init(
        number: Int, line: Int?, accountID: EchoedValue? = nil, subscriptionID: EchoedValue? = nil,
        reason: EchoedValue? = nil, email: String, status: String? = nil, meaning: StatusMeaning? = .removal,
        effectiveAt: EffectiveTime? = nil, deferral: Deferral? = nil, faults: [String] = []
    ) {
        self.number = number
        self.line = line
        self.accountID = accountID
        self.subscriptionID = subscriptionID
        self.reason = reason
        self.email = email
        self.status = status
        self.meaning = meaning
        self.effectiveAt = effectiveAt
        self.deferral = deferral
        self.faults = faults
    }

    /// Where an entry was put off.
    package struct Deferral: Hashable, Sendable {
        /// The run that put it off.
        package var runID: String
        /// Its place in the feed of that run, from 1.
        package var entry: Int
        /// When that feed was made.
        package var feedTime: UTCTime

        package init(runID: String, entry: Int, feedTime: UTCTime) {
            (self.runID, self.entry, self.feedTime) = (runID, entry, feedTime)
        }
    }
}

/// A value that goes back to billing as it came: a string, or a JSON number in its own spelling.
package enum EchoedValue: Hashable, Sendable {
    case text(String)
    /// The number's characters as they stood in the feed, so that no digit of a long key is lost.
    case number(String)

    /// The value as text, for CSV and messages.
    package var text: String {
        switch self {
        case .text(let text), .number(let text): text
        }
    }

    /// Whether it is a number in scientific notation, as a spreadsheet writes one with more digits than it shows.
    var isInScientificNotation: Bool {
        var digits = 0
        var text = text.utf8[...]
        while let byte = text.first, byte.isDigit || byte == UInt8(ascii: ".") || byte == .comma {
            digits += 1
            text = text.dropFirst()
        }
        guard digits > 0, let e = text.first, e.asciiLowercased == UInt8(ascii: "e") else { return false }
        let sign = text.dropFirst()
        return sign.first == UInt8(ascii: "+") && sign.count > 1 && sign.dropFirst().allSatisfy(\.isDigit)
    }
}
