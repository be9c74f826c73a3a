import Support

extension ReportPage {
    var needsAttention: Bool {
        selection.needingAttention > 0 || record.stop != nil || record.configsNeedAttention
            || record.hasEarlierTunnels || record.workersAreBehind
            || !record.configs.live.notApplied.isEmpty
    }

    var headline: Headline { Headline(record, summary) }

    var origin: String { "\(record.host), \(record.startedAt.date)" }

    var kicker: HTML {
        """
        wg-reconcile on \(record.host), <time datetime="\(record.startedAt.rfc3339)">\
        \(record.startedAt.forReading)</time>
        """
    }

    var lede: String {
        let deferred = summary.deferredEntries
        let carriedOut =
            deferred == 0
            ? ""
            : " " + deferred.counted("deferred removal was", "deferred removals were")
                + " due."
        if record.isRehearsal {
            return
                "This is a rehearsal: nothing was removed or written. Accounts that a run would remove are unprocessed "
                + "here, and say so."
        }
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
