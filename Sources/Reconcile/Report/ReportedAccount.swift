extension JSONText {
    /// An element of the report's `accounts`: the entry as it stood in the feed, how it ended, and why.
    mutating func value(_ result: AccountResult, configsRegenerated: Bool, rowCounts: inout RowCounts) {
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
            json.member("tunnel_down", result.tunnelDown)
            json.key("response")
            if let response = EndpointResponse(result, configsRegenerated: configsRegenerated) {
                json.value(response)
            } else {
                json.null()
            }
            json.key("removed_rows")
            rowCounts.write(result.removal?.rows ?? [:], to: &json)
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

    private mutating func value(_ earlier: EarlierRemoval?) {
        guard let earlier else { return null() }
        object { json in
            json.member("run", earlier.runID)
            json.member("removed_at", earlier.removedAt.rfc3339)
        }
    }
}
