extension JSONText {
    /// An element of the report's `accounts`: the entry as it stood in the feed, how it ended, and why.
    mutating func value(_ result: AccountResult, configsRegenerated: Bool) {
        object { json in
            json.member("entry", result.entry.number)
            json.member("line", result.entry.line)
            json.member("account_id", result.entry.accountID)
            json.member("email", result.entry.email)
            json.member("feed_status", result.entry.status)
            json.member("effective_at", result.entry.effectiveAt?.text)
            json.member("reason", result.entry.reason)
            json.member("outcome", result.outcome.rawValue)
            json.member("status_code", result.outcome.statusCode)
            json.member("errors", result.errors)
            json.key("response")
            if let response = EndpointResponse(result, configsRegenerated: configsRegenerated) {
                json.value(response)
            } else {
                json.null()
            }
            json.key("removed_rows")
            json.counts(result.removal?.rows ?? [:])
            json.key("earlier_removal")
            json.value(result.earlierRemoval)
        }
    }

    private mutating func member(_ name: StaticString, _ echoed: EchoedValue?) {
        key(name)
        switch echoed {
        case .text(let text): value(text)
        case .number(let spelling): number(spelled: spelling)
        case nil: null()
        }
    }

    /// Rows by table, in the tables' alphabetical order, so that equal runs give equal reports.
    private mutating func counts(_ rows: [String: Int]) {
        object { json in
            for (table, count) in rows.sorted(by: { $0.key < $1.key }) where count > 0 {
                json.key(escaping: table)
                json.value(count)
            }
        }
    }

    private mutating func value(_ earlier: EarlierRemoval?) {
        guard let earlier else { return null() }
        object { json in
            json.member("run", earlier.runID)
            json.member("removed_at", earlier.removedAt.rfc3339)
        }
    }
}
