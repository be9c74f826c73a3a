import Support

/// The members of an element of `accounts`, in the order in which they are written. The report of a run and a merged one
/// are written by these names, and `merge` reads them.
///
/// A report can have a million accounts, so they are written and read by hand instead of with `Codable`.
enum AccountMember: String, CaseIterable {
    case entry, line
    case accountID = "account_id"
    case subscriptionID = "subscription_id"
    case email
    case feedStatus = "feed_status"
    case effectiveAt = "effective_at"
    case reason, outcome
    case statusCode = "status_code"
    case errors
    case tunnelDown = "tunnel_down"
    case tunnelUnseen = "tunnel_unseen"
    case firstSeen = "first_seen"
    case response
    case removedRows = "removed_rows"
    case keptRestricted = "kept_restricted"
    case leftBehind = "left_behind"
    case restored
    case restorable
    case restorableUntil = "restorable_until"
    case earlierRemoval = "earlier_removal"
    case deferredFrom = "deferred_from"
    case wouldBe = "would_be"

    /// ``allCases`` makes a new array on each call.
    static let inOrder = allCases

    /// Whether reports of earlier versions lack it.
    var isAdded: Bool {
        switch self {
        case .keptRestricted, .leftBehind, .firstSeen, .restored, .restorable, .restorableUntil, .wouldBe: true
        default: false
        }
    }
}

/// The members of an element of `kept_restricted` and `left_behind`.
enum NamedMember: String { case type, identifier, what }

/// The members of `earlier_removal`.
enum EarlierRemovalMember: String {
    case run
    case removedAt = "removed_at"
}

/// The members of `deferred_from`.
enum DeferralMember: String {
    case run, entry
    case feedMadeAt = "feed_made_at"
}

extension JSONText {
    mutating func key(_ member: some RawRepresentable<String>) { key(plain: member.rawValue) }

    mutating func member(_ member: some RawRepresentable<String>, _ text: String) {
        key(member)
        value(text)
    }

    mutating func member(_ member: some RawRepresentable<String>, _ number: Int) {
        key(member)
        value(number)
    }
}
