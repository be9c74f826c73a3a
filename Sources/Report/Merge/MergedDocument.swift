import Journal
import Support

/// The `report.json` of a merged report. It has the form of a run's report, so that the same program can read both,
/// with `hosts` added to `run` and to every account.
struct MergedDocument {
    let run: MergedRun
    let summary: ReportSummary

    /// - Parameters:
    ///   - take: Called after each account, with the account and the text so far. It may take the text and empty it.
    ///   - end: Receives the rest.
    func write(
        _ fleet: Fleet, _ take: (inout [UInt8], AccountResult) throws -> Void, end: (inout [UInt8]) throws -> Void
    ) throws {
        var json = JSONText()
        var rowCounts = RowCounts()
        let regenerated = run.configsRegenerated
        try json.object(.lines) { json in
            json.member("report_version", ReportDocument.version)
            json.member("run", .lines, encoding: run.reported(summary))
            json.member("summary", .lines, encoding: summary)
            json.key("accounts")
            try json.array(.lines) { json in
                try fleet.forEachAccount { account in
                    json.object { json in
                        json.members(of: account.result, configsRegenerated: regenerated, rowCounts: &rowCounts)
                        json.member(hosts: account, of: fleet)
                    }
                    try take(&json.bytes, account.result)
                }
            }
        }
        json.endLine()
        try end(&json.bytes)
    }
}

extension JSONText {
    /// The account's `hosts`: what each host reports of it. The outcome is null for a host that did not report.
    fileprivate mutating func member(hosts account: MergedAccount, of fleet: Fleet) {
        key("hosts")
        array { json in
            for (place, part) in zip(account.places, account.parts) {
                let host = fleet.hosts[place]
                json.object { json in
                    json.member("host", host.name)
                    json.member("outcome", part?.outcome.rawValue)
                    json.member("errors", part?.errors ?? [host.absence ?? ""])
                    json.member("tunnel_down", part?.tunnelDown)
                    json.member("tunnel_unseen", part?.isTunnelUnseen ?? false)
                    json.key("removed_items")
                    json.array { json in
                        for item in part?.removal?.items ?? [] { json.value(item) }
                    }
                    json.key("kept_restricted")
                    json.value(part?.removal?.keptRestricted ?? [])
                    json.key("left_behind")
                    json.value(part?.leftBehind)
                    json.key("earlier_removal")
                    json.value(part?.earlierRemoval)
                }
            }
        }
    }
}
