import Feed
import Support

/// Since when the accounts of a feed have needed attention, as one run finds it.
///
/// An account needs attention "since" the first run from which on no completed run of a later day found it in order or
/// without an entry. An entry that is no email counts as its exact text; one without any text is not kept.
package struct AttentionTimes: Sendable {
    /// How many accounts of a run begin to be kept at most. More need attention together, for a reason of the feed.
    static let mostNew = 10_000

    /// What was known when the run began.
    private let known: [AttentionSubject: UTCTime]
    /// When the run began.
    let startedAt: UTCTime
    /// The accounts that need attention now.
    private(set) var firstSeen: [AttentionSubject: UTCTime] = [:]
    private var inOrder: Set<AttentionSubject> = []

    /// Accounts that needed attention before and no longer do.
    var settled: Set<AttentionSubject> { inOrder.subtracting(firstSeen.keys) }

    /// - Parameter known: What ``Journal/attention(before:in:)`` found.
    package init(known: [AttentionSubject: UTCTime], startedAt: UTCTime) {
        (self.known, self.startedAt) = (known, startedAt)
    }

    /// Takes in a result of the run.
    ///
    /// - Returns: The result with its time, if it needs attention and the time is known.
    package mutating func noting(_ result: AccountResult) -> AccountResult {
        guard result.needsAttention || !known.isEmpty, let subject = AttentionSubject(result.entry.email) else {
            return result
        }
        if !result.needsAttention {
            if known[subject] != nil { inOrder.insert(subject) }
            return result
        }
        if let time = known[subject] {
            // After a clock that was ahead, the time may be later than this run.
            firstSeen[subject] = min(time, startedAt)
        } else if result.outcome != .unprocessed && firstSeen.count < Self.mostNew + known.count {
            // An account that a run did not process may need no attention.
            firstSeen[subject] = startedAt
        }
        return applied(to: result)
    }

    /// The result with its time, if it needs attention and the time is known.
    package func applied(to result: AccountResult) -> AccountResult {
        guard result.needsAttention, let time = AttentionSubject(result.entry.email).flatMap({ firstSeen[$0] })
        else { return result }
        var result = result
        result.firstSeen = time
        result.isFirstSeenNow = time >= startedAt
        return result
    }
}

/// What is remembered of an entry that needs attention: the account, or the exact text where that is no email.
package struct AttentionSubject: Hashable, Sendable {
    /// Longer texts are no email, and the journal is no place for them.
    private static let longest = 320

    let text: String

    /// Nil where there is no text, or too much.
    package init?(_ email: String) {
        guard !email.isEmpty, email.utf8.count <= Self.longest else { return nil }
        text = Mailbox(email)?.canonical ?? email
    }

    // Like a mailbox, byte for byte.
    package static func == (a: AttentionSubject, b: AttentionSubject) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
