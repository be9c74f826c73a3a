import Journal
import Report
import Support

/// The totals that the summaries of a run and of a merge have in common, as lines of text.
extension ReportSummary {
    /// The number of entries by outcome, those that need attention first.
    func outcomeLines(_ colours: Bool) -> [String] {
        let urgentFirst = Outcome.allCases.filter(\.needsAttention) + Outcome.allCases.filter { !$0.needsAttention }
        let shown = urgentFirst.filter { self[$0] > 0 }
        let nameWidth = shown.map(\.rawValue.count).max() ?? 0
        let numberWidth = shown.map { self[$0].grouped.count }.max() ?? 0
        return shown.map { outcome in
            let row =
                "\(outcome.needsAttention ? "!" : " ") \(outcome.rawValue.padded(to: nameWidth))  "
                + self[outcome].grouped.padded(to: numberWidth, alignedRight: true)
            return outcome.needsAttention ? marked(row, colours) : row
        }
    }

    /// How many tunnels could not be seen, which no outcome shows.
    func tunnelLines(_ colours: Bool) -> [String] {
        guard tunnelsUnseen > 0 else { return [] }
        let whose = tunnelsUnseen == 1 ? "The tunnel of 1 account" : "The tunnels of \(tunnelsUnseen.grouped) accounts"
        return [marked("! \(whose) could not be seen: whoever has a removed key may still be connected", colours)]
    }

    var removalLines: [String] {
        let parts = [
            instancesRemoved.counted("instance"), peersRemoved.counted("peer"), usersRemoved.counted("user"),
            sessionsRemoved.counted("session"),
        ]
        let left = leftBehind ?? 0
        return ["Removed: " + parts.joined(separator: ", ")] + restrictionLines
            + (left > 0 ? ["Left behind and named in the report: \(left.grouped)"] : [])
    }

    /// What was restricted so that nobody else can do more than before.
    private var restrictionLines: [String] {
        let parts = KeptRestriction.Kind.allCases.compactMap { kind -> String? in
            let number = self[restricted: kind]
            guard number > 0 else { return nil }
            return switch kind {
            case .firewallRule:
                number.counted("firewall rule") + " went along or \(number == 1 ? "blocks" : "block") everybody"
            case .userACL: number.counted("ACL") + " given the empty group"
            case .apiKey: number.counted("API key") + " disabled"
            }
        }
        return parts.isEmpty ? [] : ["Kept restricted, so that nobody gains access: " + parts.joined(separator: ", ")]
    }

    /// The entries that need attention, with the reason.
    ///
    /// - Parameters:
    ///   - listed: The first of these entries.
    ///   - time: When the run began.
    func attentionLines(_ listed: [AccountResult], at time: UTCTime) -> [String] {
        guard !listed.isEmpty else { return [] }
        let more = needingAttention - listed.count
        let new = newlyNeedingAttention == 0 ? "" : ", \(newlyNeedingAttention.grouped) new"
        return ["\(needingAttention == 1 ? "This needs" : "These need") attention\(new):"]
            + listed.map { result in
                let place = result.entry.line.map { "line \($0)" } ?? "entry \(result.entry.number)"
                let email = result.entry.email.isEmpty ? "(no email)" : printable(result.entry.email)
                let since = result.since(at: time).map { $0 == "new" ? ", new" : " " + $0 } ?? ""
                let why = result.sentences.map(printable).joined(separator: "; ")
                return "  \(place)  \(email.shortenedInTheMiddle(to: 64))  \(result.outcome.rawValue)\(since)"
                    + (why.isEmpty ? "" : ": \(why)")
            } + (more > 0 ? ["  … and \(more.grouped) more: see the report"] : [])
    }
}

/// A line in the colour for what needs attention.
func marked(_ text: String, _ colours: Bool) -> String {
    colours ? "\u{1B}[1;31m\(text)\u{1B}[0m" : text
}
