import ControlPlane
import Journal
import Support

extension ReportPage {
    /// What needs attention: first what concerns the whole run, then the accounts, the most urgent first.
    var concerns: HTML {
        guard needsAttention else { return HTML() }
        return """
            <section aria-labelledby="attention-title">
            <h2 id="attention-title">What needs attention</h2>
            \(stop)\(earlierTunnels)\(configs)\(workers)\(notApplied)\(groups(ofUnprocessed: unprocessedAdvice))
            </section>
            """
    }

    private var stop: HTML {
        guard let stop = record.stop else { return HTML() }
        let advice: HTML = stop.advice.isEmpty ? HTML() : "<p><strong>What to do:</strong> \(prose(stop.advice)).</p>"
        return """
            <div class="concern"><h3>The run was stopped</h3>
            <p>The program \(prose(stop.reason)).</p>\(planned)\(advice)</div>

            """
    }

    /// What the run would have removed, where a guard stopped it.
    private var planned: HTML {
        let (extent, first) = (record.planned.extent, record.planned.firstAccounts)
        guard record.isStoppedByGuard, extent.accounts > 0 else { return HTML() }
        let share = extent.share < 1 ? "less than 1" : "\(Int(extent.share.rounded()))"
        let recent: HTML =
            extent.recentAccounts == 0
            ? HTML()
            : """
             With the rest of the call and the 12 hours before, it is \(extent.totalAccounts.counted("account")) and \
            \(extent.totalInstances.counted("instance")).
            """
        let more = extent.accounts - first.count
        let rest: HTML = more > 0 ? " … and \(more) more" : HTML()
        return """
            <p>It would remove \(extent.accounts.counted("account")) and \(extent.instances.counted("instance")) of \
            \(extent.allInstances).\(recent) That is \(share) percent of the instances.</p>
            <p>The first of them: \(joined(first.map { "<bdi class=\"email\">\($0)</bdi>" as HTML }))\(rest)</p>

            """
    }

    /// The advice is shown once, with the reason for the stop.
    private var unprocessedAdvice: String? {
        record.stop == nil ? nil : "The run was stopped before that."
    }

    private func joined(_ parts: [HTML]) -> HTML {
        "\(parts.enumerated().map { $0 == 0 ? $1 : ", \($1)" as HTML })"
    }

    private var configs: HTML {
        guard record.configsNeedAttention else { return HTML() }
        let errors = record.configs.errors
        let list: HTML =
            errors.isEmpty
            ? "<p>They were not brought up to date.</p>"
            : self.list(errors)
        return """
            <div class="concern"><h3>The configs are incomplete</h3>
            <p>Some tunnel may be up that should not be, or have an old config.</p>
            \(list)
            <p><strong>What to do:</strong> mend what is named; <code>wg-reconcile regenerate</code> then brings
            configs and live interfaces up to date, and so does the next run.</p></div>

            """
    }

    /// Accounts that this run's feed does not name, or names without a removal.
    private var earlierTunnels: HTML {
        let earlier = record.earlierTunnels
        let concerns: [(String?, AccountConcern)] = [
            (earlier?.upSentence, .tunnelUp), (earlier?.unseenSentence, .tunnelUnseen),
        ]
        let parts = concerns.compactMap { title, concern in
            title.map { "<div class=\"concern\"><h3>\($0)</h3>\n<p>\(prose(concern.advice))</p></div>\n\n" as HTML }
        }
        return "\(parts)"
    }

    private var workers: HTML {
        guard record.workersAreBehind, let cluster = record.cluster else { return HTML() }
        return """
            <div class="concern"><h3>Workers of the cluster have not followed</h3>
            <p>Interfaces there may still have old configs.</p>
            \(list(cluster.troubles))
            <p><strong>What to do:</strong> bring the workers back, then run <code>wg-reconcile regenerate</code>.</p></div>

            """
    }

    private var notApplied: HTML {
        let sentences = record.configs.live.notApplied
        guard !sentences.isEmpty else { return HTML() }
        return """
            <div class="concern"><h3>An interface may have to be restarted</h3>
            <p>Not every setting of a config can be applied to an interface that is up. No removed account keeps access
            because of it.</p>
            \(list(sentences))
            <p><strong>What to do:</strong> restart the interface when its customers can do without it for a moment.</p></div>

            """
    }
}
