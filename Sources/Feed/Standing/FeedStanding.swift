/// The result of judging an entry by the time and the other entries of the feeds. The database has not been read yet.
package enum FeedStanding: Hashable, Sendable {
    /// The account is to be removed.
    case due
    /// The entry is unusable, with the reason for each faulty field.
    case invalid([String])
    /// Nothing is to be done because of the status, the date or another entry. The text gives the reason.
    case skipped(String)
    /// Another entry, number `of`, counts for the same account. The message gives its position.
    case duplicate(of: Int, message: String)
    /// Entries for the same account disagree, and nothing decides between them. The text names both sides.
    case refused(String)
}
