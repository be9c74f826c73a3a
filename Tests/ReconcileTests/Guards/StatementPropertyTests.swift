import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import SamplePlane
@testable import Support

/// Random feeds of statements over several nights, run for real, and compared with a small model that is written from the
/// contract's words alone. A failure names its seed.
@Suite("What feeds say, night after night")
struct StatementPropertyTests {
    @Test("is carried out as the contract has it", arguments: UInt64(1)...12)
    func nights(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for world in 0..<6 {
            try withBench { bench in
                var nights = try StatementNights(bench)
                for night in 0..<6 { try nights.pass(using: &random, "seed \(seed), world \(world), night \(night)") }
            }
        }
    }
}

/// A database with two accounts, the feeds that were laid down for it, and the model beside it.
private struct StatementNights {
    let bench: Bench
    var model = StatementModel()
    var now = UTCTime(rfc3339: "2026-11-20T18:00:00Z")!
    /// Feeds of earlier nights.
    var earlier: [ModelFeed] = []

    init(_ bench: Bench) throws {
        self.bench = bench
        try bench.work { plane in for email in ModelFeed.accounts { try plane.account(email) } }
    }

    mutating func pass(using random: inout SplitMix64, _ place: String) throws {
        now = now.adding(seconds: Int64.random(in: 1...30, using: &random) * 3_600)
        // Who is gone may come back, as old as before.
        for email in ModelFeed.accounts where !model.present.contains(email) && Bool.random(using: &random) {
            try bench.work { try $0.account(email) }
            model.present.insert(email)
        }
        var feed = ModelFeed(around: now, using: &random)
        if let old = earlier.randomElement(using: &random), Int.random(in: 0..<5, using: &random) == 0 {
            feed.rows = old.rows
        }
        feed.allowsOlder = Int.random(in: 0..<6, using: &random) == 0
        earlier.append(feed)

        let expected = model.run(feed, at: now)
        try bench.write(feed.text, madeAt: feed.fileTime)
        let options = bench.options { $0.guards.allowsOlderFeed = feed.allowsOlder }
        let finished = try Reconciliation(options, .still(at: now)).run()

        let comment = Comment(rawValue: "\(place), at \(now.rfc3339), feed of \(feed.fileTime.rfc3339):\n\(feed.text)")
        #expect((finished.failure is GuardStop) == expected.isStopped, comment)
        #expect(finished.results.prefix(feed.rows.count).map(\.outcome) == expected.outcomes, comment)
        let carriedOut = finished.results.dropFirst(feed.rows.count).map {
            "\($0.entry.email.lowercased()) \($0.outcome)"
        }
        #expect(Set(carriedOut) == expected.deferred && carriedOut.count == expected.deferred.count, comment)
        #expect(try Set(bench.strings("SELECT email FROM auth_user")) == model.present, comment)
        #expect(try bench.strings("SELECT name FROM wireguard_wireguardinstance").count == model.present.count, comment)
        let kept = try DeferredList(inDatabaseAt: bench.database, busyTimeout: 5, now: now).removals.map {
            "\($0.email.lowercased()) \($0.effectiveAt?.text ?? "") \($0.feedMadeAt.rfc3339) \($0.entry)"
        }
        #expect(Set(kept) == model.kept && kept.count == model.kept.count, comment)
    }
}

// MARK: Feeds

private struct ModelFeed {
    static let accounts = ["anna@example.com", "bert@example.org"]

    struct Row {
        var email: String
        var status: String
        var subscription: String
        var date: String

        var account: String { email.lowercased() }
    }

    var rows: [Row]
    var fileTime: UTCTime
    var allowsOlder = false

    var text: String {
        "email,status,subscription_id,effective_at\n"
            + rows.map { "\($0.email),\($0.status),\($0.subscription),\($0.date)\n" }.joined()
    }

    init(around now: UTCTime, using random: inout SplitMix64) {
        rows = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            let isAnna = Bool.random(using: &random)
            let email = isAnna ? ["anna@example.com", "anna@EXAMPLE.com"] : ["bert@example.org", "bert@Example.Org"]
            let words = [
                "cancelled", "Suspended", "cancelled", "payment_failed", "active", "past_due", "Active", "terminated",
            ]
            let day = now.adding(seconds: Int64.random(in: -3...3, using: &random) * 86_400)
            let hour = now.adding(seconds: Int64.random(in: -40...40, using: &random) * 3_600)
            return Row(
                email: email[Int.random(in: 0...1, using: &random)],
                status: words[Int.random(in: 0..<words.count, using: &random)],
                subscription: ["", "s1", "s1", "s2"][Int.random(in: 0...3, using: &random)],
                date: ["", day.date, hour.rfc3339][Int.random(in: 0...2, using: &random)])
        }
        // Most feeds are of this night, some are laid down late.
        let age = Int.random(in: 0..<3, using: &random) == 0 ? Int64.random(in: 1...60, using: &random) : 0
        fileTime = now.adding(seconds: -age * 3_600)
    }
}

// MARK: The model

/// The rules of the contract for statements, without any thought for files, databases or large feeds.
private struct StatementModel {
    var present = Set(ModelFeed.accounts)
    /// When the newest feed was made that said "stays".
    private var stays: [String: UTCTime] = [:]
    private var putOff: [String: PutOff] = [:]
    /// When these bytes were first processed.
    private var processed: [String: UTCTime] = [:]

    private struct PutOff {
        var text: String
        var due: UTCTime
        var feedTime: UTCTime
        var entry: Int
    }

    struct Night {
        var outcomes: [Outcome] = []
        /// Of removals that were put off and whose time has come: account and outcome.
        var deferred: Set<String> = []
        var isStopped = false
    }

    var kept: Set<String> {
        Set(putOff.map { "\($0.key) \($0.value.text) \($0.value.feedTime.rfc3339) \($0.value.entry)" })
    }

    private enum Kind { case removal, later, stays, unknown }

    private struct Claim {
        var entry: Int
        var kind: Kind
        var subscription: String?
        /// From when to when; nil without a date.
        var time: (begins: UTCTime, ends: UTCTime)?
        var dateText: String

        init(_ row: ModelFeed.Row, _ entry: Int, now: UTCTime) {
            self.entry = entry
            subscription = row.subscription.isEmpty ? nil : row.subscription
            dateText = row.date
            if let day = UTCTime(date: row.date) {
                time = (day, day.adding(seconds: 86_400))
            } else if let instant = UTCTime(rfc3339: row.date) {
                time = (instant, instant)
            }
            switch row.status.lowercased() {
            case "cancelled", "suspended", "payment_failed":
                kind = time.map { $0.begins > now } == true ? .later : .removal
            case "active", "past_due": kind = .stays
            default: kind = .unknown
            }
        }

        /// Whether it is later than another, as far as their dates tell.
        func isAfter(_ other: Claim) -> Bool {
            guard let time, let rival = other.time else { return false }
            return time.begins >= rival.ends && time.begins > rival.begins
        }
    }

    /// What a feed says of one account.
    private struct Said {
        var outcomes: [Int: Outcome] = [:]
        /// The entry by which the account is to be removed.
        var removal: Int?
        var saysStays = false
        var saysSomethingElse = false
        var later: Claim?
        var isSkippedAsStaying = false
    }

    mutating func run(_ feed: ModelFeed, at now: UTCTime) -> Night {
        let first = processed[feed.text] ?? now
        processed[feed.text] = first
        let made = min(feed.fileTime, now, first)
        var claims: [String: [Claim]] = [:]
        for (place, row) in feed.rows.enumerated() {
            claims[row.account, default: []].append(Claim(row, place + 1, now: now))
        }
        let said = claims.mapValues { claims in
            var said = judge(claims)
            said.isSkippedAsStaying = claims.contains { $0.kind == .stays && said.outcomes[$0.entry] == .skipped }
            return said
        }

        var night = Night()
        // A feed that is older than what is known of an account, and would remove it, is stopped.
        night.isStopped =
            !feed.allowsOlder
            && said.contains { account, said in
                said.removal != nil && present.contains(account)
                    && (stays[account].map { $0 > made } == true || putOff[account].map { $0.feedTime > made } == true)
            }

        // Whose time has come, unless this feed is newer and says anything of the account, or removes it itself. One that
        // is older may be the same that billing delivers again: where it says "stays", the removal waits.
        let due = putOff.filter { account, removal in
            removal.due <= now && !(claims[account] != nil && removal.feedTime <= made) && said[account]?.removal == nil
                && said[account]?.isSkippedAsStaying != true
        }.map(\.key)

        // Statements of accounts that this database has.
        let known = present
        for (account, said) in said where known.contains(account) {
            if said.saysStays { stays[account] = max(stays[account] ?? made, made) }
            let isNewer = putOff[account].map { $0.feedTime <= made } ?? true
            if said.saysStays || said.saysSomethingElse || said.later != nil, isNewer { putOff[account] = nil }
            if let later = said.later, let time = later.time, isNewer, !night.isStopped,
                stays[account].map({ $0 <= made }) ?? true
            {
                putOff[account] = PutOff(text: later.dateText, due: time.begins, feedTime: made, entry: later.entry)
            }
        }

        for (place, row) in feed.rows.enumerated() {
            let outcome = said[row.account]?.outcomes[place + 1]
            let isRemoval = said[row.account]?.removal == place + 1
            night.outcomes.append(
                !isRemoval
                    ? outcome ?? .skipped
                    : night.isStopped ? .unprocessed : known.contains(row.account) ? .removed : .alreadyAbsent)
        }
        for account in due {
            let outcome: Outcome = night.isStopped ? .unprocessed : .removed
            night.deferred.insert("\(account) \(outcome)")
        }
        guard !night.isStopped else { return night }
        for account in due + said.filter({ $0.value.removal != nil }).map(\.key) where present.contains(account) {
            present.remove(account)
            putOff[account] = nil
        }
        return night
    }

    /// Settles the entries for one account among each other.
    private func judge(_ claims: [Claim]) -> Said {
        var said = Said()
        for claim in claims { said.outcomes[claim.entry] = claim.kind == .unknown ? .invalid : .skipped }
        let removals = claims.filter { $0.kind == .removal }
        let staying = claims.filter { $0.kind == .stays }
        let unknown = claims.filter { $0.kind == .unknown }
        said.saysSomethingElse = !unknown.isEmpty

        if removals.isEmpty {
            said.saysStays = !staying.isEmpty
        } else if staying.isEmpty && unknown.isEmpty {
            for claim in removals { said.outcomes[claim.entry] = .duplicate }
            said.removal = removals[0].entry
        } else if unknown.isEmpty, let counting = countingOfSubscriptions(removals + staying) {
            for claim in removals + staying { said.outcomes[claim.entry] = .duplicate }
            for claim in counting { said.outcomes[claim.entry] = .skipped }
            if counting.contains(where: { $0.kind == .stays }) {
                said.saysStays = true
            } else {
                for claim in counting { said.outcomes[claim.entry] = .duplicate }
                said.removal = counting.map(\.entry).min()
            }
        } else {
            // Where it can be read in two ways, nothing is removed.
            for claim in removals + staying { said.outcomes[claim.entry] = .refused }
            said.saysStays = true
        }

        settleLater(claims, removals, staying, unknown, &said)
        return said
    }

    /// Removals in the future. Nothing of the feed may be against one that is kept.
    private func settleLater(
        _ claims: [Claim], _ removals: [Claim], _ staying: [Claim], _ unknown: [Claim], _ said: inout Said
    ) {
        let later = claims.filter { $0.kind == .later }
        guard !later.isEmpty else { return }
        if said.outcomes.values.contains(.refused) {
            for claim in later { said.outcomes[claim.entry] = .refused }
            return
        }
        // One that is due counts at once.
        guard said.removal == nil else {
            said.saysSomethingElse = true
            return
        }
        let isUndecided =
            (later + staying).contains { $0.subscription == nil }
            || later.contains { claim in
                staying.contains { $0.subscription == claim.subscription && !$0.isAfter(claim) && !claim.isAfter($0) }
            }
        if !staying.isEmpty && isUndecided {
            for claim in later + staying { said.outcomes[claim.entry] = .refused }
            said.saysStays = true
            return
        }
        let lasting = later.filter { claim in
            unknown.isEmpty && staying.allSatisfy { $0.subscription == claim.subscription && claim.isAfter($0) }
        }
        if lasting.count < later.count { said.saysSomethingElse = true }
        said.later = lasting.first.map { first in
            lasting.dropFirst().reduce(first) { best, claim in
                claim.time.map(\.begins)! > best.time.map(\.begins)! ? claim : best
            }
        }
    }

    /// The entries that count for each subscription; nil where one names none, or dates do not decide.
    private func countingOfSubscriptions(_ claims: [Claim]) -> [Claim]? {
        guard claims.allSatisfy({ $0.subscription != nil }) else { return nil }
        var counting: [Claim] = []
        for (_, claims) in Dictionary(grouping: claims, by: { $0.subscription ?? "" }) {
            if Set(claims.map(\.kind)).count == 1 {
                counting += claims
                continue
            }
            guard claims.allSatisfy({ $0.time != nil }) else { return nil }
            let last = claims.filter { claim in
                claims.allSatisfy { $0.kind == claim.kind || claim.isAfter($0) }
            }.sorted { ($1.time!.begins, $0.entry) < ($0.time!.begins, $1.entry) }.first
            guard let last else { return nil }
            counting.append(last)
        }
        return counting
    }
}
