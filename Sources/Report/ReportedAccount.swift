import ControlPlane
import Feed
import Journal
import Support
import WireGuard

extension JSONText {
    /// An element of the report's `accounts`: the entry as the feed has it, its outcome, and the reason.
    mutating func value(_ result: AccountResult, configsRegenerated: Bool, rowCounts: inout RowCounts) {
        object { $0.members(of: result, configsRegenerated: configsRegenerated, rowCounts: &rowCounts) }
    }

    /// The members of such an element.
    mutating func members(of result: AccountResult, configsRegenerated: Bool, rowCounts: inout RowCounts) {
        member("entry", result.entry.number)
        member("line", result.entry.line)
        member("account_id", result.entry.accountID)
        member("subscription_id", result.entry.subscriptionID)
        member("email", result.entry.email)
        member("feed_status", result.entry.status)
        member("effective_at", result.entry.effectiveAt?.text)
        member("reason", result.entry.reason)
        member("outcome", result.outcome.rawValue)
        member("status_code", result.outcome.statusCode)
        member("errors", result.errors)
        member("tunnel_down", result.tunnelDown)
        member("tunnel_unseen", result.isTunnelUnseen)
        member("first_seen", result.firstSeen?.rfc3339)
        key("response")
        if let response = EndpointResponse(result, configsRegenerated: configsRegenerated) {
            value(response)
        } else {
            null()
        }
        key("removed_rows")
        rowCounts.write(result.removal?.rows ?? [:], to: &self)
        key("kept_restricted")
        value(result.removal?.keptRestricted ?? [])
        key("left_behind")
        value(result.leftBehind)
        key("earlier_removal")
        value(result.earlierRemoval)
        key("deferred_from")
        value(result.entry.deferral)
    }

    private mutating func member(_ name: StaticString, _ echoed: EchoedValue?) {
        key(name)
        switch echoed {
        case .text(let text): value(text)
        case .number(let spelling): number(spelled: spelling)
        case nil: null()
        }
    }

    mutating func value(_ restrictions: [KeptRestriction]) {
        named(restrictions.lazy.map { ($0.type.rawValue, $0.identifier, $0.what) })
    }

    /// null if nothing was looked for.
    mutating func value(_ leftBehind: [LeftBehind]?) {
        guard let leftBehind else { return null() }
        named(leftBehind.lazy.map { ($0.type.rawValue, $0.identifier, $0.what) })
    }

    /// A list of objects with a type, an identifier and a text.
    private mutating func named(_ all: some Sequence<(type: String, identifier: String, what: String)>) {
        array { json in
            for element in all {
                json.object { json in
                    json.member("type", element.type)
                    json.member("identifier", element.identifier)
                    json.member("what", element.what)
                }
            }
        }
    }

    /// The run and entry that put the removal off. Includes when that run's feed was made, so that a reader can sort by
    /// it.
    mutating func value(_ deferral: FeedEntry.Deferral?) {
        guard let deferral else { return null() }
        object { json in
            json.member("run", deferral.runID)
            json.member("entry", deferral.entry)
            json.member("feed_made_at", deferral.feedTime.rfc3339)
        }
    }

    mutating func value(_ earlier: EarlierRemoval?) {
        guard let earlier else { return null() }
        object { json in
            json.member("run", earlier.runID)
            json.member("removed_at", earlier.removedAt.rfc3339)
        }
    }
}
