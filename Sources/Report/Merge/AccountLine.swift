import ControlPlane
import Feed
import Journal
import Support

/// Reads one element of a report's `accounts`, which is one line of the file.
///
/// Foundation's decoder is not used: it would lose digits of an `account_id` that is a long number, and it does not
/// notice a duplicate key. Members that this version does not know are ignored.
struct AccountLine {
    var scanner: JSONScanner
    /// Firewall rules among the removed items. Earlier versions listed them there.
    private var rules: [KeptRestriction] = []

    private init(scanner: JSONScanner) { self.scanner = scanner }

    /// - Throws: ``ReportFlaw`` or ``FeedFlaw``.
    static func read(_ line: [UInt8]) throws -> AccountResult {
        guard isUTF8(line) else { throw ReportFlaw.notWhole("it is not valid UTF-8") }
        var reading = AccountLine(scanner: JSONScanner(line, in: line.indices))
        reading.scanner.passSpace()
        let result = try reading.account()
        reading.scanner.passSpace()
        guard reading.scanner.next == nil else { throw ReportFlaw.notWhole("text after the account") }
        return result
    }

    private static func isUTF8(_ line: [UInt8]) -> Bool {
        line.allSatisfy { $0 < 0x80 } || String(validating: line, as: UTF8.self) != nil
    }

    private mutating func account() throws -> AccountResult {
        var entry = FeedEntry(number: 0, line: nil, email: "")
        var found: Set<AccountMember> = []
        var (outcome, statusCode): (Outcome?, Int?) = (nil, nil)
        var result = AccountResult(entry: entry, outcome: .unprocessed)
        var (items, rows): ([RemovedItem]?, [String: Int]) = (nil, [:])
        var keptRestricted: [KeptRestriction] = []
        try members(AccountMember.self) { reading, member in
            found.insert(member)
            switch member {
            case .entry: entry.number = try reading.number(member)
            case .line: entry.line = try reading.optionalNumber(member)
            case .accountID: entry.accountID = try reading.echoed(member)
            case .subscriptionID: entry.subscriptionID = try reading.echoed(member)
            case .email: entry.email = try reading.text(member)
            case .feedStatus: entry.status = try reading.optionalText(member)
            case .effectiveAt: entry.effectiveAt = try reading.time(member)
            case .reason: entry.reason = try reading.echoed(member)
            case .outcome: outcome = Outcome(rawValue: try reading.text(member))
            case .statusCode: statusCode = try reading.number(member)
            case .errors: result.errors = try reading.texts(member)
            case .tunnelDown: result.tunnelDown = try reading.optionalFlag(member)
            case .tunnelUnseen: result.isTunnelUnseen = try reading.optionalFlag(member) ?? false
            case .firstSeen: result.firstSeen = try reading.moment(member)
            case .response: items = try reading.removedItems()
            case .removedRows: rows = try reading.rows(member)
            case .keptRestricted: keptRestricted = try reading.restrictions()
            case .leftBehind: result.leftBehind = try reading.leftBehind()
            case .restored: result.isRestored = try reading.optionalFlag(member)
            // The time says it too.
            case .restorable: try reading.scanner.skipValue()
            case .restorableUntil: result.restorableUntil = try reading.moment(member)
            case .earlierRemoval: result.earlierRemoval = try reading.earlierRemoval()
            case .deferredFrom: entry.deferral = try reading.deferral()
            // Only a rehearsal has one, which is not merged.
            case .wouldBe: try reading.scanner.skipValue()
            }
        }
        if let missing = AccountMember.inOrder.first(where: { !$0.isAdded && !found.contains($0) }) {
            throw ReportFlaw.missing(missing.rawValue)
        }
        guard let outcome else { throw ReportFlaw.wrong("outcome", expected: "an outcome that this program knows") }
        guard statusCode == outcome.statusCode else {
            throw ReportFlaw.wrong("status_code", expected: "\(outcome.statusCode), that of \(outcome.rawValue)")
        }
        result.entry = entry
        result.outcome = outcome
        // The response of a failed account lists no items, because nothing was removed.
        if !outcome.isRolledBack {
            let kept = rules + keptRestricted
            result.removal = items.map { RemovalRecord(items: $0, rows: rows, keptRestricted: kept) }
        }
        return result
    }
}

// MARK: Objects within the account

extension AccountLine {
    private mutating func deferral() throws -> FeedEntry.Deferral? {
        guard try !takeNull() else { return nil }
        var (run, entry, madeAt): (String?, Int?, UTCTime?) = (nil, nil, nil)
        try members(DeferralMember.self) { reading, member in
            switch member {
            case .run: run = try reading.text(member)
            case .entry: entry = try reading.number(member)
            case .feedMadeAt: madeAt = UTCTime(rfc3339: try reading.text(member))
            }
        }
        guard let run, let entry, let madeAt else {
            throw ReportFlaw.wrong("deferred_from", expected: "a run, an entry and a time")
        }
        return FeedEntry.Deferral(runID: run, entry: entry, feedTime: madeAt)
    }

    /// Reads the removed items from the endpoint's response. Nil where there is no response, because the account was
    /// not worked on. Leaves out that configs were regenerated, which does not belong to the account.
    private mutating func removedItems() throws -> [RemovedItem]? {
        guard try !takeNull() else { return nil }
        var items: [RemovedItem]?
        try members(EndpointResponse.Member.self) { reading, member in
            guard member == .results else { return try reading.scanner.skipValue() }
            try reading.members(EndpointResponse.ResultsMember.self) { reading, member in
                guard member == .removedItems else { return try reading.scanner.skipValue() }
                items = try reading.itemList()
            }
        }
        guard let items else { throw ReportFlaw.missing("response.results.removed_items") }
        return items.filter { $0.type != .configs }
    }

    private mutating func itemList() throws -> [RemovedItem] {
        var items: [RemovedItem] = []
        var list = try scanner.openArray()
        while try scanner.nextElement(in: &list) {
            if let item = try item() { items.append(item) }
        }
        return items
    }

    /// - Returns: nil for a firewall rule, which is no longer listed as an item.
    private mutating func item() throws -> RemovedItem? {
        var (type, identifier, peers): (String?, String?, Int?) = (nil, nil, nil)
        try members(RemovedItem.CodingKeys.self) { reading, member in
            switch member {
            case .type: type = try reading.text(member)
            case .identifier: identifier = try reading.text(member)
            case .peersRemoved: peers = try reading.number(member)
            }
        }
        if let identifier, type == KeptRestriction.Kind.firewallRule.rawValue {
            rules.append(.rule(identifier))
            return nil
        }
        guard let kind = type.flatMap(RemovedItem.Kind.init(rawValue:)), let identifier else {
            throw ReportFlaw.wrong("removed_items", expected: "a list of items with a known type and an identifier")
        }
        return RemovedItem(kind, identifier, peersRemoved: peers)
    }

    private mutating func restrictions() throws -> [KeptRestriction] {
        try named("kept_restricted").map { KeptRestriction($0.type, $0.identifier, $0.what) }
    }

    private mutating func leftBehind() throws -> [LeftBehind]? {
        guard try !takeNull() else { return nil }
        return try named("left_behind").map { LeftBehind($0.type, $0.identifier, $0.what) }
    }

    /// A list of objects with a type, an identifier and a text.
    private mutating func named<Kind: RawRepresentable<String>>(
        _ list: String
    ) throws -> [(type: Kind, identifier: String, what: String)] {
        var all: [(type: Kind, identifier: String, what: String)] = []
        var elements = try scanner.openArray()
        while try scanner.nextElement(in: &elements) {
            var (type, identifier, what): (Kind?, String?, String?) = (nil, nil, nil)
            try members(NamedMember.self) { reading, member in
                switch member {
                case .type: type = Kind(rawValue: try reading.text(member))
                case .identifier: identifier = try reading.text(member)
                case .what: what = try reading.text(member)
                }
            }
            guard let type, let identifier, let what else {
                throw ReportFlaw.wrong(list, expected: "a list of a known type, an identifier and a text")
            }
            all.append((type, identifier, what))
        }
        return all
    }

    private mutating func earlierRemoval() throws -> EarlierRemoval? {
        guard try !takeNull() else { return nil }
        var (run, removedAt): (String?, UTCTime?) = (nil, nil)
        try members(EarlierRemovalMember.self) { reading, member in
            switch member {
            case .run: run = try reading.text(member)
            case .removedAt: removedAt = UTCTime(rfc3339: try reading.text(member))
            }
        }
        guard let run, let removedAt else { throw ReportFlaw.wrong("earlier_removal", expected: "a run and its time") }
        return EarlierRemoval(runID: run, removedAt: removedAt)
    }
}
