import Support

extension ReportPage {
    var needsAttention: Bool {
        selection.needingAttention > 0 || record.stop != nil || configsNeedAPerson
            || record.hasEarlierTunnels
            || workersAreBehind || !record.configs.live.notApplied.isEmpty
    }

    var workersAreBehind: Bool { record.cluster?.behind ?? 0 > 0 }

    /// Configs that a run left alone because a guard stopped it do not count as a problem.
    var configsNeedAPerson: Bool {
        !record.configs.errors.isEmpty || (!record.configs.regenerated && record.stop == nil)
    }

    /// The whole run in one sentence.
    var verdict: String {
        let (people, unseen) = (selection.needingAttention, selection[.tunnelUnseen].count)
        return if record.stop != nil {
            summary[.removed] + summary[.partiallyRemoved] == 0
                ? "The run was stopped; nothing was removed" : "The run was stopped before its end"
        } else if unseen > 0 && unseen == people {
            AccountConcern.tunnelUnseen.title(unseen)
        } else if unseen > 0 {
            people.counted("entry needs", "entries need")
                + " attention; the tunnels of \(unseen.grouped) could not be seen"
        } else if people > 0 {
            people.counted("entry needs", "entries need") + " attention"
        } else if let earlier = record.earlierTunnels?.sentences.first {
            earlier
        } else if configsNeedAPerson {
            "The configs are not whole"
        } else if workersAreBehind {
            "Workers of the cluster have not followed"
        } else if !record.configs.live.notApplied.isEmpty {
            "An interface may have to be brought up anew"
        } else {
            "Nothing needs attention"
        }
    }

    var title: HTML { "\(verdict) – \(record.host), \(record.startedAt.date)" }

    /// The tab's icon: a full dot where something needs attention.
    var icon: HTML {
        let dot =
            needsAttention
            ? "%3Ccircle cx='8' cy='8' r='7' fill='%23c2481f'/%3E"
            : "%3Ccircle cx='8' cy='8' r='6' fill='none' stroke='%232b8378' stroke-width='3'/%3E"
        return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\(dot)%3C/svg%3E"
    }

    var heading: HTML {
        """
        <p class="kicker">wg-reconcile on \(record.host), <time datetime="\(record.startedAt.rfc3339)">\
        \(record.startedAt.forReading)</time></p>
        <div\(needsAttention ? " class=\"urgent\"" as HTML : "")><h1>\(verdict)</h1></div>
        <p class="lede">\(lede)</p>
        """
    }

    private var lede: String {
        let deferred = summary.deferredEntries
        let carriedOut =
            deferred == 0
            ? ""
            : " " + deferred.counted("removal that had been put off was", "removals that had been put off were")
                + " due."
        guard let path = record.feed.path else { return "There was no feed.\(carriedOut) \(duration)" }
        guard summary.entries > 0 else { return "The feed had no entries.\(carriedOut)" }
        let (removed, partly) = (summary[.removed], summary[.partiallyRemoved])
        let what =
            switch (removed, partly) {
            case (0, 0): "No account was removed"
            case (_, 0): removed.counted("account was", "accounts were") + " removed"
            case (0, _): partly.counted("account was", "accounts were") + " removed in part"
            default: "\((removed + partly).counted("account was", "accounts were")) removed, \(partly) of them in part"
            }
        let feed =
            path == "-" ? "a feed on standard input" : path.split(separator: "/").last.map(String.init) ?? ""
        return "\(what), out of \(summary.entries.counted("entry", "entries")) of \(feed).\(carriedOut) \(duration)"
    }

    private var duration: String {
        if record.wasHeldByGuard { return "A guard had stopped it before." }
        if record.continued { return "The run was continued after it had been cut short." }
        let seconds = Int(max(0, record.finishedAt.seconds - record.startedAt.seconds))
        return switch seconds {
        case 0: "It took less than a second."
        case ..<120: "It took \(seconds.counted("second"))."
        case ..<7200: "It took \((seconds / 60).counted("minute"))."
        default: "It took \(seconds / 3600) h \(seconds / 60 % 60) min."
        }
    }
}

extension UTCTime {
    /// `23 November 2026, 19:05 UTC`.
    var forReading: String {
        let months = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November", "December",
        ]
        let parts = date.split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1), let day = Int(parts[2])
        else { return rfc3339 }
        return "\(day) \(months[month - 1]) \(parts[0]), \(rfc3339.dropFirst(11).prefix(5)) UTC"
    }
}
