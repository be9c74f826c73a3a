import Testing

@testable import ControlPlane
@testable import Journal
@testable import Removal
@testable import Report

/// What a host can say of the account a@x.com, by a short name.
private enum Part: String, CaseIterable {
    case whole, instanceAlone, userAlone, absent, absentUnseen, tunnelUp, tunnelDown, tunnelUnseen, skipped, duplicate,
        invalid,
        refused, failed
    case unprocessed, missing

    var result: AccountResult? {
        let entry = reportEntry(1, "a@x.com")
        let instance = RemovedItem(.instance, "0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e", peersRemoved: 2)
        let user = RemovedItem(.user, "a@x.com")
        func gone(_ outcome: Outcome, _ items: [RemovedItem], _ errors: [String] = []) -> AccountResult {
            AccountResult(
                entry: entry, outcome: outcome, errors: errors,
                removal: RemovalRecord(items: items, rows: items.isEmpty ? [:] : ["wireguard_peer": 2]))
        }
        switch self {
        case .whole: return gone(.removed, [instance, user])
        case .tunnelDown:
            var result = gone(.removed, [instance, user])
            result.tunnelDown = true
            return result
        case .tunnelUnseen:
            var result = gone(.removed, [instance, user])
            result.isTunnelUnseen = true
            return result
        case .tunnelUp:
            var result = gone(.partiallyRemoved, [instance, user], ["tunnel is still up: peer abc… on wg0"])
            result.tunnelDown = false
            return result
        case .instanceAlone: return gone(.partiallyRemoved, [instance], ["User not found: a@x.com"])
        case .userAlone:
            var result = gone(.partiallyRemoved, [user], ["WireGuard instance not found: a@x.com"])
            result.tunnelDown = true
            return result
        case .absent:
            var result = gone(.alreadyAbsent, [], AccountTarget().notFound(email: "a@x.com"))
            result.tunnelDown = true
            return result
        case .absentUnseen: return gone(.alreadyAbsent, [], AccountTarget().notFound(email: "a@x.com"))
        case .skipped: return AccountResult(entry: entry, outcome: .skipped, errors: ["not yet due"])
        case .duplicate: return AccountResult(entry: entry, outcome: .duplicate, errors: ["same as entry 2"])
        case .invalid: return AccountResult(entry: entry, outcome: .invalid, errors: ["email is odd"])
        case .refused: return AccountResult(entry: entry, outcome: .refused, errors: ["the user is staff"])
        case .failed: return AccountResult(entry: entry, outcome: .failed, errors: ["a trigger said no"])
        case .unprocessed: return AccountResult(entry: entry, outcome: .unprocessed, errors: ["stopped"])
        case .missing: return nil
        }
    }
}

@Suite("Merge: one account on several hosts")
struct MergedAccountTests {
    private func merged(_ parts: [Part]) -> AccountResult {
        let hosts = (1...parts.count).map { "vpn\($0)" }
        return MergedAccount(reportEntry(1, "a@x.com"), parts.map(\.result), hosts: hosts).result
    }

    @Test(arguments: [
        ([Part.tunnelUnseen, .absent], true), ([.tunnelDown, .tunnelUnseen], true), ([.whole, .absent], false),
        // That it is up is the greater news.
        ([.tunnelUnseen, .tunnelUp], false),
    ])
    fileprivate func `a tunnel that a host was to see and could not needs attention`(parts: [Part], isUnseen: Bool) {
        for parts in [parts, parts.reversed()] {
            #expect(merged(parts).isTunnelUnseen == isUnseen)
            if isUnseen { #expect(merged(parts).needsAttention && merged(parts).tunnelDown == nil) }
        }
    }

    @Test(arguments: [
        ([Part.whole, .absent, .absent], Outcome.removed, []),
        // An instance on one host and the user on another were a whole account, which is gone.
        ([.instanceAlone, .userAlone], .removed, []),
        ([.instanceAlone, .absent], .partiallyRemoved, ["User not found: a@x.com"]),
        ([.whole, .instanceAlone], .removed, []),
        (
            [.absent, .absent], .alreadyAbsent,
            ["WireGuard instance not found: a@x.com", "User not found: a@x.com"]
        ),
        ([.whole, .tunnelUp], .partiallyRemoved, ["vpn2: tunnel is still up: peer abc… on wg0"]),
        ([.absent, .refused, .refused], .refused, ["vpn2, vpn3: the user is staff"]),
        ([.whole, .refused], .refused, ["vpn1: removed", "vpn2: the user is staff"]),
        ([.failed, .refused], .refused, ["vpn1: failed: a trigger said no", "vpn2: the user is staff"]),
        ([.whole, .failed], .failed, ["vpn1: removed", "vpn2: a trigger said no"]),
        ([.absent, .unprocessed], .unprocessed, ["vpn2: stopped"]),
        ([.skipped, .whole], .unprocessed, ["vpn1: skipped: not yet due", "vpn2: removed"]),
        ([.skipped, .skipped], .skipped, ["not yet due"]),
        ([.invalid, .invalid], .invalid, ["email is odd"]),
        // Nobody knows what a host without a report still has; what the feed decides, it would have said too.
        ([.absent, .missing], .unprocessed, ["vpn2: did not report"]),
        ([.whole, .missing], .removed, ["vpn2: did not report"]),
        ([.refused, .missing], .refused, ["vpn1: the user is staff", "vpn2: did not report"]),
        ([.skipped, .missing], .skipped, ["not yet due"]),
        ([.duplicate, .missing], .duplicate, ["same as entry 2"]),
        ([.invalid, .missing], .invalid, ["email is odd"]),
    ])
    fileprivate func `outcome and errors`(_ parts: [Part], _ outcome: Outcome, _ errors: [String]) {
        #expect(merged(parts).outcome == outcome)
        #expect(merged(parts).errors == errors)
    }

    @Test(
        arguments: [
            ([Part.tunnelDown, .absent], true), ([.tunnelDown, .tunnelDown], true),
            ([.tunnelDown, .tunnelUp], false), ([.whole, .tunnelUp], false), ([.absent, .tunnelUp], false),
            // On the first host it could not be seen.
            ([.whole, .tunnelDown], nil), ([.absent, .absent], true), ([.userAlone, .tunnelDown], true),
            // An earlier run has removed it there, and nobody has seen its keys gone.
            ([.absentUnseen, .tunnelDown], nil), ([.absentUnseen, .absent], nil),
            ([.tunnelDown, .missing], nil), ([.absent, .missing], nil), ([.tunnelDown, .refused], nil),
            ([.skipped, .skipped], nil), ([.tunnelUp, .missing], false),
        ] as [([Part], Bool?)])
    fileprivate func `tunnel_down: up anywhere is up, and down only where every host says so`(
        _ parts: [Part], _ expected: Bool?
    ) {
        #expect(merged(parts).tunnelDown == expected)
        #expect(merged(parts.reversed()).tunnelDown == expected)
    }

    @Test func `neither the order of hosts nor one that says the same again changes the outcome`() {
        for a in Part.allCases {
            for b in Part.allCases {
                for c in Part.allCases where [a, b, c].contains(where: { $0 != .missing }) {
                    let result = merged([a, b, c])
                    for parts in [
                        [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a], [a, b, c, a], [a, b, c, b, c],
                    ] {
                        let other = merged(parts)
                        #expect(other.outcome == result.outcome, "\(a), \(b), \(c) as \(parts)")
                        #expect(other.tunnelDown == result.tunnelDown, "\(a), \(b), \(c) as \(parts)")
                    }
                }
            }
        }
    }

    @Test func `a tunnel that is up anywhere needs attention, and so does a host that has not done its part`() {
        let undone: Set<Part> = [.tunnelUp, .invalid, .refused, .failed, .unprocessed]
        for a in Part.allCases {
            for b in Part.allCases where undone.contains(a) || undone.contains(b) {
                #expect(merged([a, b]).needsAttention, "\(a), \(b)")
            }
        }
    }

    @Test func `what went is what went on all hosts, in the order that billing knows`() {
        let result = merged([.userAlone, .instanceAlone, .absent])
        #expect(result.removal?.items.map(\.type) == [.instance, .user])
        #expect(result.removal?.rows == ["wireguard_peer": 4])
        #expect(merged([.refused, .skipped]).removal == nil)
    }

    @Test func `an account that a host has refused has no response, whatever others removed`() {
        #expect(EndpointResponse(merged([.whole, .refused]), configsRegenerated: true) == nil)
        #expect(EndpointResponse(merged([.absent, .missing]), configsRegenerated: true) == nil)
        #expect(EndpointResponse(merged([.whole, .absent]), configsRegenerated: true)?.status == .success)
        #expect(EndpointResponse(merged([.absent, .absent]), configsRegenerated: true)?.status == .partialSuccess)
    }
}
