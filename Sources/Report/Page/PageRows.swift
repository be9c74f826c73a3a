import ControlPlane
import Feed
import Journal
import Support

/// The accounts of the page, as JSON within a script element. Each takes one line, and is kept short because there may
/// be many. Accounts that the page does not list follow in a shorter form, so that the search finds them.
///
/// An account is an array, in the order in which `page.js` reads it. Outcomes, kinds of items and tables are numbers,
/// and their names follow the rows. An identifier that can be derived from the email is null.
struct PageRows {
    /// How many accounts that need attention to list at most.
    let attention: Int
    /// How many other accounts that changed or left something behind to list at most.
    let changed: Int
    /// How many unlisted accounts to include for the search at most.
    let others: Int
    let selection: PageSelection
    /// When the run began.
    let startedAt: UTCTime

    /// A placeholder for the account's email in a sentence.
    fileprivate static let itself = "\u{FFFC}"
    /// At most this many different sentences are kept. The CSV has the others.
    fileprivate static let mostReasons = 1_000

    func write(_ results: some Sequence<AccountResult>, to file: inout ReportFile) throws(FileFailure) {
        var (attention, changed) = (attention, changed)
        var tables = TableNumbers()
        var output = RowOutput()
        output.bytes.append(#"{"rows":["#)
        for result in results where selection.lists(result) {
            if result.needsAttention {
                guard attention > 0 else { continue }
                attention -= 1
            } else {
                guard PageSelection.isWorthListing(result), changed > 0 else { continue }
                changed -= 1
            }
            try output.add(to: &file) { $0.row(of: result, at: startedAt, &tables) }
        }
        output.bytes.append("],\n\"others\":[")
        try file.takeAll(&output.bytes)
        let reasons = try writeOthers(results, to: &file)
        output.bytes.append("],\n")
        var names = JSONText()
        names.object {
            $0.names(tables.names)
            $0.member("reasons", reasons.map(\.spellingOutInvisible))
        }
        // The object continues after the rows, so its own opening brace is left out.
        output.bytes.appendForScript(names.bytes.dropFirst())
        try file.takeAll(&output.bytes)
    }

    /// - Returns: The sentences that the rows refer to by number. Most rows share a few of them.
    private func writeOthers(
        _ results: some Sequence<AccountResult>, to file: inout ReportFile
    ) throws(FileFailure) -> [String] {
        var others = others
        var reasons = TableNumbers()
        var output = RowOutput()
        guard others > 0 else { return [] }
        for result in results where selection.leavesOut(result) {
            guard others > 0 else { break }
            others -= 1
            try output.add(to: &file) { $0.briefRow(of: result, &reasons) }
        }
        try file.takeAll(&output.bytes)
        return reasons.names
    }
}

/// Rows of an array, one per line, buffered for the file.
private struct RowOutput {
    var bytes: [UInt8] = []
    private var separator: StaticString = "\n"

    mutating func add(to file: inout ReportFile, _ write: (inout JSONText) -> Void) throws(FileFailure) {
        bytes.append(separator)
        separator = ",\n"
        var json = JSONText()
        write(&json)
        bytes.appendForScript(json.bytes)
        try file.takeIfMany(&bytes)
    }
}

/// Assigns numbers to tables or sentences in the order in which they occur.
private struct TableNumbers {
    private(set) var names: [String] = []
    private var numbers: [String: Int] = [:]

    func has(_ name: String) -> Bool { numbers[name] != nil }

    mutating func number(of table: String) -> Int {
        if let number = numbers[table] { return number }
        numbers[table] = names.count
        names.append(table)
        return names.count - 1
    }
}

extension JSONText {
    fileprivate mutating func briefRow(of result: AccountResult, _ reasons: inout TableNumbers) {
        array { json in
            json.value(result.entry.number)
            json.number(result.entry.line)
            json.shown(result.entry.accountID?.text)
            json.shown(result.entry.email)
            json.value(result.numberOfOutcome)
            // With the account's name replaced, the sentence is the same for all accounts.
            let (reason, email) = (result.errors.joined(separator: "; "), result.entry.email)
            let sentence = email.isEmpty ? reason : reason.replacing(email, with: PageRows.itself)
            let isKnown = reasons.names.count < PageRows.mostReasons || reasons.has(sentence)
            json.number(reason.isEmpty || !isKnown ? nil : reasons.number(of: sentence))
        }
    }

    fileprivate mutating func row(
        of result: AccountResult, at startedAt: UTCTime, _ tables: inout TableNumbers
    ) {
        array { json in
            json.value(result.entry.number)
            json.number(result.entry.line)
            json.shown(result.entry.accountID?.text)
            json.shown(result.entry.email)
            json.shown(result.entry.status)
            json.shown(result.entry.effectiveAt?.text)
            json.shown(result.entry.reason?.text)
            json.value(result.outcome.number)
            if result.isTunnelUnseen {
                json.value("unseen")
            } else if let isDown = result.tunnelDown {
                json.value(isDown)
            } else {
                json.null()
            }
            json.array { json in for error in result.sentences { json.shown(error) } }
            let removal = result.outcome.isRolledBack ? nil : result.removal
            json.array { json in
                for item in removal?.items ?? [] { json.value(item, of: result.entry.email) }
            }
            json.array { json in
                for (table, count) in (removal?.rows ?? [:]).sorted(by: { $0.key < $1.key }) where count > 0 {
                    json.value(tables.number(of: table))
                    json.value(count)
                }
            }
            json.array { json in for number in removal?.interfaceNumbers ?? [] { json.value(number) } }
            if let earlier = result.earlierRemoval {
                json.array(of: [earlier.runID, earlier.removedAt.rfc3339])
            } else {
                json.null()
            }
            json.shown(result.since(at: startedAt))
            json.shown(result.entry.subscriptionID?.text)
            json.shown(result.entry.deferral.map { "entry \($0.entry) of run \($0.runID)" })
            json.shown(result.restorableUntil?.rfc3339)
            let kept = removal?.keptRestricted ?? []
            let left = result.leftBehind ?? []
            // Comes last, and is left out if empty, as it is for nearly every account.
            if !kept.isEmpty || !left.isEmpty {
                json.array { json in for restriction in kept { json.value(restriction) } }
            }
            if !left.isEmpty { json.array { json in for found in left { json.value(found) } } }
        }
    }

    private mutating func value(_ restriction: KeptRestriction) {
        array { json in
            json.value(restriction.type.label)
            json.shown(restriction.identifier)
            json.shown(restriction.what)
        }
    }

    private mutating func value(_ found: LeftBehind) {
        array { json in
            json.value(found.type.label)
            json.shown(found.identifier)
            json.shown(found.what)
        }
    }

    private mutating func value(_ item: RemovedItem, of email: String) {
        array { json in
            json.value(item.type.number)
            let follows = item.type.identifierSuffix.map { item.identifier == email + $0 } ?? false
            json.shown(follows ? nil : item.identifier)
            if item.type == .instance { json.value(item.peersRemoved ?? 0) }
        }
    }

    /// The names of the values that rows contain as numbers.
    fileprivate mutating func names(_ tables: [String]) {
        key("outcomes")
        array { json in
            for outcome in Outcome.allCases {
                json.object {
                    $0.member("name", outcome.rawValue)
                    $0.member("label", outcome.label)
                    $0.member("attention", outcome.needsAttention)
                }
            }
            for outcome in Outcome.allCases {
                json.object {
                    $0.member("name", "would_be_" + outcome.rawValue)
                    $0.member("label", "would be " + outcome.label)
                    $0.member("attention", outcome.needsAttention)
                }
            }
        }
        key("kinds")
        array { json in
            for kind in RemovedItem.Kind.allCases {
                json.object {
                    $0.member("label", kind.label)
                    $0.member("short", kind.shortLabel)
                    $0.member("suffix", kind.identifierSuffix)
                }
            }
        }
        member("tables", tables.map(\.spellingOutInvisible))
    }

    private mutating func shown(_ text: String?) {
        if let text { value(text.spellingOutInvisible) } else { null() }
    }

    private mutating func number(_ number: Int?) {
        if let number { value(number) } else { null() }
    }
}

extension [UInt8] {
    /// Appends JSON so that it is safe in a script element. `<` occurs only in strings. Once it is escaped there, the
    /// JSON cannot contain `</script>` or `<!--`.
    fileprivate mutating func appendForScript(_ json: some Collection<UInt8>) {
        for byte in json {
            if byte == UInt8(ascii: "<") { append(#"\u003c"#) } else { append(byte) }
        }
    }
}

extension Outcome {
    fileprivate var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension RemovedItem.Kind {
    fileprivate var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    fileprivate var label: String {
        switch self {
        case .instance: "WireGuard instance"
        case .peerGroup: "peer group"
        case .userACL: "ACL of the user"
        case .user: "user"
        case .configs: "WireGuard configs"
        }
    }

    fileprivate var shortLabel: String {
        switch self {
        case .instance: "instance"
        case .peerGroup: "group"
        case .userACL: "ACL"
        case .user: "user"
        case .configs: "configs"
        }
    }

    /// What follows the email in the identifier, for the kinds that are named after it.
    fileprivate var identifierSuffix: String? {
        switch self {
        case .user: ""
        case .peerGroup: "_group"
        case .instance, .userACL, .configs: nil
        }
    }
}

extension AccountResult {
    /// The place among the names of outcomes. After the outcomes come those of a rehearsal.
    fileprivate var numberOfOutcome: Int { wouldBe.map { Outcome.allCases.count + $0.number } ?? outcome.number }
}
