import ControlPlane
import Feed
import GRDB
import Support

/// The removals that the journal keeps until they are due, for the operator.
package struct DeferredList: Sendable {
    package struct Removal: Sendable {
        package var email: String
        package var effectiveAt: EffectiveTime?
        package var accountID: EchoedValue?
        package var subscriptionID: EchoedValue?
        package var status: String?
        /// The run that deferred it, and the entry in that run's feed.
        package var runID: String
        package var entry: Int
        package var feedMadeAt: UTCTime
        /// Whether the next run carries it out.
        package var isDue: Bool

        package init(
            email: String, effectiveAt: EffectiveTime? = nil, accountID: EchoedValue? = nil,
            subscriptionID: EchoedValue? = nil, status: String? = nil, runID: String, entry: Int, feedMadeAt: UTCTime,
            isDue: Bool
        ) {
            self.email = email
            self.effectiveAt = effectiveAt
            self.accountID = accountID
            self.subscriptionID = subscriptionID
            self.status = status
            self.runID = runID
            self.entry = entry
            self.feedMadeAt = feedMadeAt
            self.isDue = isDue
        }
    }

    /// Sorted by due time, the earliest first.
    package let removals: [Removal]

    /// - Throws: ``DatabaseFailure``.
    package init(
        inDatabaseAt path: String, busyTimeout: Double, accepting columns: Set<AcceptedColumn> = [], now: UTCTime
    ) throws {
        let database = try ControlPlaneDatabase(opening: path, busyTimeout: busyTimeout, accepting: columns)
        removals = try database.readOnly(while: "read the journal of the database") { db in
            try Journal.deferred(in: db).compactMap { deferred in
                guard let deferral = deferred.entry.deferral else { return nil }
                return Removal(
                    email: deferred.entry.email, effectiveAt: deferred.entry.effectiveAt,
                    accountID: deferred.entry.accountID, subscriptionID: deferred.entry.subscriptionID,
                    status: deferred.entry.status, runID: deferral.runID, entry: deferral.entry,
                    feedMadeAt: deferral.feedTime, isDue: deferred.isDue(at: now))
            }
        }
    }

    /// Drops the deferred removal of an account. A later feed can defer it again.
    ///
    /// - Throws: ``NotAnEmail``, ``NothingPutOff``, ``DatabaseFailure``, ``UntrustedFile``.
    package static func withdraw(
        _ email: String, inDatabaseAt path: String, busyTimeout: Double, accepting columns: Set<AcceptedColumn> = [],
        trust: FileTrust, now: UTCTime
    ) throws {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        try ControlPlaneDatabase.requireFile(path, trust: trust)
        try RunLock.holding(ofDatabaseAt: path, now: now) {
            let database = try ControlPlaneDatabase(
                opening: path, busyTimeout: busyTimeout, accepting: columns, trust: trust)
            let known = try database.readOnly(while: "read the journal of the database") { db in
                try Journal.deferred(in: db).contains { $0.mailbox == mailbox }
            }
            guard known else { throw NothingPutOff(email: email) }
            try database.write(while: "withdraw a deferred removal") { db in
                try Journal.prepare(in: db)
                try Journal.withdraw(mailbox, in: db)
            }
        }
    }

    /// The list as JSON, for programs.
    package func bytes() -> [UInt8] {
        var json = JSONText()
        json.array(.lines) { json in
            for removal in removals {
                json.object {
                    $0.member("email", removal.email)
                    $0.member("effective_at", removal.effectiveAt?.text)
                    $0.member("due", removal.isDue)
                    $0.member("status", removal.status)
                    $0.member("account_id", removal.accountID?.text)
                    $0.member("subscription_id", removal.subscriptionID?.text)
                    $0.member("run", removal.runID)
                    $0.member("entry", removal.entry)
                    $0.member("feed_made_at", removal.feedMadeAt.rfc3339)
                }
            }
        }
        json.endLine()
        return json.bytes
    }
}

/// The account whose removal should be withdrawn has no deferred removal.
package struct NothingPutOff: ExplainedError, Hashable {
    package var email: String

    package var operation: String { "withdraw the removal of" }
    package var subject: String { email.escapedForMessage(limit: 254) }
    package var cause: String { "there is no deferred removal of this account" }
    package var hint: String { "`wg-reconcile deferred` lists the deferred removals" }
    package var exitStatus: ExitStatus { .attentionNeeded }
}
