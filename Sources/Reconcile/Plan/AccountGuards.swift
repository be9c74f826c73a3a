/// Says of an account, once it is known what belongs to it, whether a feed may remove it at all.
///
/// Asked when the plan is made, and again in the transaction that removes the account.
struct AccountGuards: Sendable {
    var protected = ProtectedAccounts()
    /// When a cancellation without a date of its own took effect: when the feed was made.
    var feedTime: UTCTime

    /// Why the account must not be removed; nil where it may.
    func refusal(of target: AccountTarget, for entry: FeedEntry, _ mailbox: Mailbox) -> String? {
        if protected.contains(mailbox) { return "the account is protected: no feed removes it" }
        if let protection = target.protection { return protection }
        return signedUpAgain(target, entry)
    }

    /// An account that was created after the cancellation took effect is another one than billing means.
    private func signedUpAgain(_ target: AccountTarget, _ entry: FeedEntry) -> String? {
        let effective = entry.effectiveAt?.end ?? feedTime
        let created =
            target.instances.map { ("instance", $0.createdAt) } + target.users.map { ("user", $0.joinedAt) }
        for (what, time) in created {
            guard let time else {
                return "it cannot be told when the \(what) was created, so it may be newer than the cancellation"
            }
            if time > effective {
                return
                    "signed up again: the \(what) was created at \(time.rfc3339), after the cancellation took effect at "
                    + (entry.effectiveAt?.text ?? feedTime.rfc3339)
            }
        }
        return nil
    }
}

/// Emails that no feed removes.
public struct ProtectedAccounts: Sendable {
    /// By spelling without regard to case, so that a protection is rather too wide than too narrow.
    private var spellings: Set<String> = []

    public init() {}

    /// Reads one email a line; blank lines and lines that begin with `#` are passed over.
    ///
    /// - Throws: ``UnusableFile``, ``UntrustedFile``. A line without an email is no account, and the one that was meant
    ///   would go unprotected.
    public init(readingFileAt path: String, trust: FileTrust) throws {
        let file = try TrustedFile(reading: path, as: .protectedAccounts, trust: trust)
        let lines = String(decoding: file.bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            let email = line.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            let trimmed = String(email.reversed().drop { $0.isWhitespace }.reversed())
            if trimmed.isEmpty || trimmed.hasPrefix("#") { continue }
            guard let mailbox = Mailbox(trimmed) else {
                throw UnusableFile(.protectedAccounts, path: path, reason: .wrongLine(index + 1))
            }
            spellings.insert(mailbox.caseFolded)
        }
    }

    func contains(_ mailbox: Mailbox) -> Bool { spellings.contains(mailbox.caseFolded) }
}
