import ControlPlane
import Feed
import Journal
import Removal

/// The `errors` of a merged account.
struct MergedErrors {
    private let entry: FeedEntry
    private let parts: [AccountResult?]
    private let hosts: [String]
    private let outcome: Outcome
    /// The endpoint's texts for an instance or user that was not found.
    private let notFound: (instance: String, user: String)

    /// - Parameter outcome: The merged outcome of all hosts.
    init(_ entry: FeedEntry, _ parts: [AccountResult?], hosts: [String], outcome: Outcome) {
        (self.entry, self.parts, self.hosts, self.outcome) = (entry, parts, hosts, outcome)
        let texts = AccountTarget().notFound(email: entry.email)
        notFound = (texts[0], texts[1])
    }

    /// - A part that was not found is an error only if no host found it. It then has the text that billing knows.
    /// - An error that follows from the feed alone appears once, without a host.
    /// - Every other error begins with the hosts it comes from, and with their outcome if that differs from the merged
    ///   one: `vpn2, vpn3: failed: …`.
    func all(_ found: FoundParts) -> [String] {
        let reported = parts.compactMap { $0 }
        if outcome.isDecidedByTheFeed, let first = reported.first,
            reported.allSatisfy({ $0.outcome == first.outcome && $0.errors == first.errors })
        {
            return first.errors
        }
        return lacking(reported, found) + sentencesOfHosts()
    }

    private func lacking(_ reported: [AccountResult], _ found: FoundParts) -> [String] {
        guard !outcome.needsAttention else { return [] }
        func isMissed(_ text: String) -> Bool { reported.contains { $0.errors.contains(text) } }
        return (!found.instance && isMissed(notFound.instance) ? [notFound.instance] : [])
            + (!found.user && isMissed(notFound.user) ? [notFound.user] : [])
    }

    private func sentencesOfHosts() -> [String] {
        var sentences: [(text: String, hosts: [String])] = []
        func add(_ text: String, _ host: String) {
            if let known = sentences.firstIndex(where: { $0.text == text }) {
                sentences[known].hosts.append(host)
            } else {
                sentences.append((text, [host]))
            }
        }
        for (host, part) in zip(hosts, parts) {
            for sentence in part.map(sentences(of:)) ?? absence { add(sentence, host) }
        }
        return sentences.map { "\($0.hosts.joined(separator: ", ")): \($0.text)" }
    }

    private var absence: [String] { outcome.isDecidedByTheFeed ? [] : ["did not report"] }

    private func sentences(of part: AccountResult) -> [String] {
        switch part.outcome {
        case .alreadyAbsent: return ownErrors(of: part)
        case .removed, .partiallyRemoved:
            let own = ownErrors(of: part)
            // If another host left its part undone, it is worth knowing that this one did its part.
            guard outcome.needsAttention else { return own }
            return own.isEmpty ? [part.outcome.rawValue] : own.map { told(part, $0) }
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed:
            return part.errors.isEmpty ? [part.outcome.rawValue] : part.errors.map { told(part, $0) }
        }
    }

    private func ownErrors(of part: AccountResult) -> [String] {
        part.errors.filter { $0 != notFound.instance && $0 != notFound.user }
    }

    /// The sentence, preceded by the host's outcome if that differs from the merged one.
    private func told(_ part: AccountResult, _ sentence: String) -> String {
        part.outcome == outcome ? sentence : "\(part.outcome.rawValue): \(sentence)"
    }
}
