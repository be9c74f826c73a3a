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
        for member in AccountMember.inOrder {
            key(member)
            switch member {
            case .entry: value(result.entry.number)
            case .line: value(result.entry.line)
            case .accountID: value(result.entry.accountID)
            case .subscriptionID: value(result.entry.subscriptionID)
            case .email: value(result.entry.email)
            case .feedStatus: value(result.entry.status)
            case .effectiveAt: value(result.entry.effectiveAt?.text)
            case .reason: value(result.entry.reason)
            case .outcome: value(result.outcome.rawValue)
            case .statusCode: value(result.outcome.statusCode)
            case .errors: array(of: result.errors)
            case .tunnelDown: value(result.tunnelDown)
            case .tunnelUnseen: value(result.isTunnelUnseen)
            case .firstSeen: value(result.firstSeen?.rfc3339)
            case .response: value(EndpointResponse(result, configsRegenerated: configsRegenerated))
            case .removedRows: rowCounts.write(result.removal?.rows ?? [:], to: &self)
            case .keptRestricted: value(result.removal?.keptRestricted ?? [])
            case .leftBehind: value(result.leftBehind)
            case .restored: value(result.isRestored)
            case .restorable: value(result.restorableUntil != nil)
            case .restorableUntil: value(result.restorableUntil?.rfc3339)
            case .earlierRemoval: value(result.earlierRemoval)
            case .deferredFrom: value(result.entry.deferral)
            case .wouldBe: value(result.wouldBe?.rawValue)
            }
        }
    }

    private mutating func value(_ echoed: EchoedValue?) {
        switch echoed {
        case .text(let text): value(text)
        case .number(let spelling): number(spelled: spelling)
        case nil: null()
        }
    }

    private mutating func value(_ text: String?) {
        if let text { value(text) } else { null() }
    }

    private mutating func value(_ number: Int?) {
        if let number { value(number) } else { null() }
    }

    private mutating func value(_ flag: Bool?) {
        if let flag { value(flag) } else { null() }
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
                    json.member(NamedMember.type, element.type)
                    json.member(NamedMember.identifier, element.identifier)
                    json.member(NamedMember.what, element.what)
                }
            }
        }
    }

    /// The run and entry that put the removal off. Includes when that run's feed was made, so that a reader can sort by
    /// it.
    mutating func value(_ deferral: FeedEntry.Deferral?) {
        guard let deferral else { return null() }
        object { json in
            json.member(DeferralMember.run, deferral.runID)
            json.member(DeferralMember.entry, deferral.entry)
            json.member(DeferralMember.feedMadeAt, deferral.feedTime.rfc3339)
        }
    }

    mutating func value(_ earlier: EarlierRemoval?) {
        guard let earlier else { return null() }
        object { json in
            json.member(EarlierRemovalMember.run, earlier.runID)
            json.member(EarlierRemovalMember.removedAt, earlier.removedAt.rfc3339)
        }
    }
}
