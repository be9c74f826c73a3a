/// What an entry comes to by the feeds alone, judged against the time and against other entries; the database is not asked
/// yet.
package enum FeedStanding: Hashable, Sendable {
    /// The account is to be removed.
    case due
    /// The entry is unusable; says for each field why.
    case invalid([String])
    /// Its status, its date or another entry says that nothing is to be done; says which.
    case skipped(String)
    /// Another entry, `of`, counts for the same account. The message names it by its place.
    case duplicate(of: Int, message: String)
    /// Entries for the same account disagree, and nothing decides between them; names both sides.
    case refused(String)
}
