/// One entry of the feed, read but not yet judged against time, the other entries or the database.
public struct FeedEntry: Hashable, Sendable {
    /// The entry's place in the feed, from 1.
    public var number: Int
    /// The line on which the entry begins, from 1. Every feed that is read tells it.
    public var line: Int?
    /// Billing's own key, echoed.
    public var accountID: EchoedValue?
    /// Echoed.
    public var reason: EchoedValue?
    /// The email without surrounding white space; empty where the entry has none that is a string.
    public var email: String
    /// The status as it stands in the feed, without surrounding white space; nil where it is missing, null or empty. One
    /// that is no string is a fault, and shows here all the same.
    public var status: String?
    /// When the cancellation takes effect.
    public var effectiveAt: EffectiveTime?
    /// What is wrong with the entry, field by field: `email is blank`. An entry with faults is `invalid`.
    public var faults: [String]

    public init(
        number: Int, line: Int?, accountID: EchoedValue? = nil, reason: EchoedValue? = nil, email: String,
        status: String? = nil, effectiveAt: EffectiveTime? = nil, faults: [String] = []
    ) {
        self.number = number
        self.line = line
        self.accountID = accountID
        self.reason = reason
        self.email = email
        self.status = status
        self.effectiveAt = effectiveAt
        self.faults = faults
    }
}

/// A value that goes back to billing as it came: a string, or a JSON number in its own spelling.
public enum EchoedValue: Hashable, Sendable {
    case text(String)
    /// The number's characters as they stood in the feed, so that no digit of a long key is lost.
    case number(String)

    /// The value as text, for CSV and messages.
    public var text: String {
        switch self {
        case .text(let text), .number(let text): text
        }
    }
}
