import Support

/// One entry of the feed. It has been read, but not yet compared with the time, the other entries or the database.
package struct FeedEntry: Hashable, Sendable {
    /// The number of the entry in the feed, from 1.
    package var number: Int
    /// The line on which the entry begins, from 1; nil for an entry that does not come from this feed.
    package var line: Int?
    /// Billing's own key. It is returned in the report and decides nothing.
    package var accountID: EchoedValue?
    /// The customer's subscription that the entry is about. It is returned in the report.
    package var subscriptionID: EchoedValue?
    /// Returned in the report.
    package var reason: EchoedValue?
    /// The email without surrounding white space; empty if the entry has no email that is a string.
    package var email: String
    /// The status as it is in the feed, without surrounding white space; nil if it is missing, null or empty. If it is
    /// not a string, its spelling; that is a fault unless the spelling is a known word.
    package var status: String?
    /// What the entry means for the account; nil if that is unclear, which is a fault as well.
    package var meaning: StatusMeaning?
    /// Whether its status is a word that is in neither list of the profile.
    package var hasUnknownStatus: Bool { status != nil && meaning == nil }
    /// When the cancellation takes effect.
    package var effectiveAt: EffectiveTime?
    /// Whether there is an `effective_at` that cannot be read, which is a fault as well.
    package var hasUnreadableDate = false
    /// For a deferred entry from the journal: where it was deferred. Nil for an entry of this feed.
    package var deferral: Deferral?
    /// The faults of the entry, field by field: `email is blank`. An entry with faults is `invalid`.
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

    /// The feed and run that deferred an entry.
    package struct Deferral: Hashable, Sendable {
        /// The run that deferred the entry.
        package var runID: String
        /// The number of the entry in the feed of that run, from 1.
        package var entry: Int
        /// When that feed was made.
        package var feedTime: UTCTime

        package init(runID: String, entry: Int, feedTime: UTCTime) {
            (self.runID, self.entry, self.feedTime) = (runID, entry, feedTime)
        }
    }
}

/// A value that is returned to billing unchanged: a string, or a JSON number in its original spelling.
package enum EchoedValue: Hashable, Sendable {
    case text(String)
    /// The number's characters as they are in the feed, so that no digit of a long key is lost.
    case number(String)

    /// The value as text, for CSV and messages.
    package var text: String {
        switch self {
        case .text(let text), .number(let text): text
        }
    }

    /// Whether the value is in scientific notation, in which spreadsheets write long numbers.
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
