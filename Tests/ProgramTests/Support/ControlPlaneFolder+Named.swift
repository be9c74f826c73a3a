import Foundation
import SamplePlane
import Support
import Testing

/// Four accounts of a sample under short names, so that a feed can be read in the test that writes it.
extension ControlPlaneFolder {
    static let names = ["ANNA", "BEN", "CLARA", "DORA"]

    /// The email of one of the four.
    func email(_ name: String) throws -> String {
        try #require(zip(Self.names, bystanders).first { $0.0 == name }?.1.email)
    }

    /// Text with emails for the four names, and times for `AGO` (a minute ago) and `TOMORROW`.
    func filled(_ text: String) -> String {
        let now = UTCTime(seconds: Int64(Date().timeIntervalSince1970))
        let times = [
            ("AGO", now.adding(seconds: -60).rfc3339),
            ("TOMORROW", now.adding(seconds: 86_400).rfc3339),
        ]
        return (Array(zip(Self.names, bystanders.map(\.email))) + times).reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    /// Writes a feed in which names stand for emails.
    @discardableResult
    func writeFeed(_ text: String, to name: String) throws -> String { try write(filled(text), to: name) }

    /// Puts feeds in which names stand for emails into the inbox, written an hour ago and later in this order.
    func drop(_ feeds: [(name: String, text: String)]) throws {
        try makeInbox(feeds.map { ($0.name, filled($0.text)) })
    }

    /// Those of the four of whom nothing is left; `half of ANNA` where something is.
    func gone() throws -> [String] {
        try Self.names.compactMap { name in
            let email = try email(name)
            let users = try strings("SELECT email FROM auth_user WHERE email = ?", [email])
            let left = (try hasInstance(email) ? 1 : 0) + (users.isEmpty ? 0 : 1)
            return left == 2 ? nil : (left == 0 ? "" : "half of ") + name
        }
    }

    /// The reports of all runs, by their ids.
    func allReports() throws -> [ReportRead] {
        try runs().map { try ReportRead(at: reports + "/\($0)/report.json") }
    }

    // MARK: Removals that are put off

    /// Lets the time pass after which removals that were put off are due.
    func letRemovalsComeDue() throws {
        let due = UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 1)
        try execute(
            "UPDATE wg_reconcile_deferred SET effective_at = ?1, due_at = ?2, over_at = ?2",
            [due.rfc3339, due.rfc3339.dropLast() + ".000000000Z"])
    }

    /// The accounts whose removals are put off, by the names that they have here.
    func putOff() throws -> [String] {
        let kept = try strings("SELECT email FROM wg_reconcile_deferred")
        return try Self.names.filter { kept.contains(try email($0)) }
    }
}
