import ControlPlane
import Feed
import Journal
import Support

/// Decides whether a feed may remove an account, once it is known what belongs to it.
///
/// Checked when the plan is made, and again in the transaction that removes the account.
package struct AccountGuards: Sendable {
    var protected = ProtectedAccounts()
    /// Whether a user without an email belongs to the account whose email is the username.
    package var matchesUsernames = false
    /// When the feed was made.
    package var feedTime: UTCTime
    /// Whether a removal may be the one that a restore has undone. Not where an operator has named the account.
    var heedsRestorations = true
    /// The restored accounts, by mailbox. ``Plan/init(for:in:)`` reads them.
    package internal(set) var restorations: [String: Journal.Restoration] = [:]

    package init(
        protected: ProtectedAccounts = ProtectedAccounts(), matchesUsernames: Bool = false, feedTime: UTCTime,
        heedsRestorations: Bool = true
    ) {
        self.protected = protected
        self.heedsRestorations = heedsRestorations
        self.matchesUsernames = matchesUsernames
        self.feedTime = feedTime
    }

    /// Whether no feed removes the account of the entry.
    package func protects(_ entry: FeedEntry) -> Bool { entry.account.map(protected.contains) ?? false }

    /// Why the account must not be removed; nil if it may be.
    func refusal(of target: AccountTarget, for entry: FeedEntry, _ mailbox: Mailbox) -> String? {
        if protected.contains(mailbox) { return "the account is protected: feeds never remove it" }
        if let protection = target.protection { return protection }
        if !target.nearMatches.isEmpty { return Self.otherwiseSpelled(target) }
        return signedUpAgain(target, entry) ?? wasRestored(mailbox, entry)
    }

    /// Why the removal may be the one that a restore has undone. An entry without a date says only that the account is
    /// ended, as it did before; a feed has to say first that the account stays.
    private func wasRestored(_ mailbox: Mailbox, _ entry: FeedEntry) -> String? {
        guard let restoration = restorations[mailbox.canonical] else { return nil }
        let made = entry.deferral?.feedTime ?? feedTime
        let time = restoration.at.rfc3339
        // A bare date may be the day on which the removal was stated that was undone.
        if let effective = entry.effectiveAt, effective.beginning <= restoration.at {
            return "restored at \(time), after the cancellation took effect at \(effective.text)"
        }
        if made <= restoration.at { return "restored at \(time), after the feed was made at \(made.rfc3339)" }
        if entry.effectiveAt != nil || restoration.wasConfirmed { return nil }
        return "restored at \(time), and the entry has no date that is later; a feed has to say that the account stays "
            + "before one without a date removes it, or `wg-reconcile remove` does"
    }

    private static func otherwiseSpelled(_ target: AccountTarget) -> String {
        let option =
            target.nearMatches.contains(where: \.isByUsername)
            ? "; --match-usernames treats such a user as the account's" : ""
        return (target.isEmpty ? "nothing" : "not the whole account") + " is there under exactly this email, but "
            + "there is "
            + target.nearMatchesText + option
    }

    /// Why the account is a new one: it was created after the removal took effect, or after the feed was made. Then it
    /// is not the account that billing means.
    private func signedUpAgain(_ target: AccountTarget, _ entry: FeedEntry) -> String? {
        let made = entry.deferral?.feedTime ?? feedTime
        let effective = entry.effectiveAt.flatMap { $0.end < made ? $0 : nil }
        let limit = effective?.end ?? made
        let created =
            target.instances.map { ("instance", "wireguard_wireguardinstance.created", $0.createdAt) }
            + target.users.map { ("user", "auth_user.date_joined", $0.joinedAt) }
        for (what, column, created) in created {
            switch created {
            case .unreadable(let value):
                return "it is unknown when the \(what) was created, so it may be newer than the cancellation: "
                    + "\(column) is \(value)"
            case .known(let time) where time > limit:
                return "signed up again: the \(what) was created at \(time.rfc3339), after "
                    + (effective.map { "the cancellation took effect at \($0.text)" }
                        ?? "the feed was made at \(made.rfc3339)")
            case .known: break
            }
        }
        return nil
    }
}

/// Emails that no feed removes.
package struct ProtectedAccounts: Sendable {
    /// Compared by near spelling: a protection may be too wide but must not be too narrow.
    private var spellings: Set<NearSpelling> = []

    package init() {}

    /// Reads one email per line. Skips blank lines and lines that begin with `#`.
    ///
    /// - Throws: ``UnusableFile``, ``UntrustedFile``. A line that is not an email is an error, because otherwise the
    ///   account it was meant for would be unprotected.
    package init(readingFileAt path: String, trust: FileTrust) throws {
        let file = try TrustedFile(reading: path, as: .protectedAccounts, trust: trust)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let email = line.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            let trimmed = String(email.reversed().drop { $0.isWhitespace }.reversed())
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            guard let mailbox = Mailbox(trimmed) else {
                throw UnusableFile(.protectedAccounts, path: path, reason: .wrongLine(index + 1))
            }
            spellings.insert(NearSpelling(mailbox.canonical))
        }
    }

    func contains(_ mailbox: Mailbox) -> Bool { spellings.contains(NearSpelling(mailbox.canonical)) }
}
