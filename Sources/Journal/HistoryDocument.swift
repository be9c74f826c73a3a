import Support

/// An account's history as JSON, version 1, for programs: `wg-reconcile history --json`.
package struct HistoryDocument {
    private let history: AccountHistory

    package init(_ history: AccountHistory) { self.history = history }

    package func bytes() -> [UInt8] {
        var json = JSONText()
        json.object(.lines) { json in
            json.member("history_version", 1)
            json.member("email", history.email)
            json.key("removals")
            json.array(.lines) { json in
                for removal in history.removals { json.value(removal) }
            }
        }
        json.endLine()
        return json.bytes
    }
}

extension JSONText {
    /// The removed keys and addresses, which the journal has too, are left out: they are of no use to a reader.
    fileprivate mutating func value(_ removal: AccountHistory.Removal) {
        object { json in
            json.member("removed_at", removal.removedAt.rfc3339)
            json.member("email", removal.email)
            json.member("outcome", removal.outcome.rawValue)
            json.member("run", removal.runID)
            json.member("command", removal.command.rawValue)
            json.value(named: "run_by", removal.runBy)
            json.member("feed", removal.feedPath.isEmpty ? nil : removal.feedPath)
            json.member("feed_sha256", removal.feedPath.isEmpty ? nil : removal.feedDigest)
            json.member("entry", removal.entry)
            json.key("line")
            if let line = removal.line { json.value(line) } else { json.null() }
            json.member("account_id", removal.accountID)
            json.member("errors", removal.errors)
            json.key("removed_items")
            json.array { json in for item in removal.removal.items { json.value(item) } }
            json.member("removed_rows") { json in
                for (table, count) in removal.removal.rows.sorted(by: { $0.key < $1.key }) {
                    json.key(escaping: table)
                    json.value(count)
                }
            }
            json.member("restored_at", removal.restoredAt?.rfc3339)
            json.member("restorable_until", removal.restorableUntil?.rfc3339)
            json.member("kept_restricted", removal.removal.keptRestricted.map(\.sentence))
        }
    }

    private mutating func value(_ item: RemovedItem) {
        object { json in
            json.member("type", item.type.rawValue)
            json.member("identifier", item.identifier)
            if let peers = item.peersRemoved { json.member("peers_removed", peers) }
        }
    }

    private mutating func value(named name: StaticString, _ runBy: Operator?) {
        guard let runBy else {
            key(name)
            return null()
        }
        member(name) { json in
            json.member("user_id", Int(runBy.userID))
            json.member("sudo_user", runBy.sudoUser)
        }
    }
}
