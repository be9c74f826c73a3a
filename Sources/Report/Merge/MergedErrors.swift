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
    /// The endpoint's texts for what an account lacks.
    private let notFound: (instance: String, user: String)

    /// - Parameter outcome: what the outcomes of the hosts come to.
    init(_ entry: FeedEntry, _ parts: [AccountResult?], hosts: [String], outcome: Outcome) {
        (self.entry, self.parts, self.hosts, self.outcome) = (entry, parts, hosts, outcome)
        let texts = AccountTarget().notFound(email: entry.email)
        notFound = (texts[0], texts[1])
    }

    /// - What was not found is an error only where it was found on no host; then it has the text that billing knows.
    /// - What the feed alone decides is said once, without a host.
    /// - All else begins with the hosts that say it, and with their outcome where that is not the merged one:
    ///   `vpn2, vpn3: failed: …`.
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
        guard !outcome.needsAPerson else { return [] }
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
        case .removed, .partiallyRemoved, .alreadyAbsent:
            let own = part.errors.filter { $0 != notFound.instance && $0 != notFound.user }
            // Beside what another host has not done, that this one did its part is worth knowing.
            let isNews = outcome.needsAPerson && part.outcome != .alreadyAbsent
            return isNews && own.isEmpty ? [part.outcome.rawValue] : own.map { isNews ? told(part, $0) : $0 }
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed:
            return part.errors.isEmpty ? [part.outcome.rawValue] : part.errors.map { told(part, $0) }
        }
    }

    /// The sentence, with the host's outcome where that is not the one of all.
    private func told(_ part: AccountResult, _ sentence: String) -> String {
        part.outcome == outcome ? sentence : "\(part.outcome.rawValue): \(sentence)"
    }
}
