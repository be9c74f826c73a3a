import Journal
import Removal
import Support
import WireGuard

extension ReportPage {
    private static let named = 20

    /// Further facts about the run, and how to identify it.
    var facts: HTML {
        """
        <section aria-labelledby="run-title">
        <h2 id="run-title">The run</h2>
        \(notes)<dl class="facts">
        \(lines.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as HTML })</dl>
        </section>
        """
    }

    private var lines: [(String, HTML)] {
        let (feed, configs) = (record.feed, record.configs)
        return [
            ("Run", copied(record.id)),
            ("Plan", record.planDigest.map(copied) ?? "none"),
            ("Feed", feedFacts),
            ("SHA-256 of the feed", feed.digest.map(copied) ?? "none"),
            ("Feed made at", feed.madeAt.map { "\($0.rfc3339)" } ?? "not stated"),
            ("Began", "\(record.startedAt.rfc3339)"),
            ("Ended", "\(record.finishedAt.rfc3339)"),
            (
                "Configs",
                """
                \(configs.written.count) written, \(configs.deleted.count) deleted, \(configs.unchanged) unchanged\
                \(configs.firewallWritten ? "; firewall script written" : "")
                """
            ),
            ("Application", "\(configs.learnt?.sentence ?? "not looked at")"),
            ("Live interfaces", "\(liveSentence)"),
        ] + clusterLines + [
            (
                "Sessions",
                """
                \(record.sessions.examined) examined\(record.continued ? " in its last part" : ""), \
                \(summary.sessionsRemoved) removed, \(record.sessions.unreadable) unreadable and left alone
                """
            )
        ]
    }

    private var clusterLines: [(String, HTML)] {
        guard let cluster = record.cluster else { return [] }
        let sentence = cluster.sentence.replacing("cluster: ", with: "")
        return [("Cluster", "\(sentence.prefix(1).uppercased() + sentence.dropFirst())")]
            + (cluster.workers.isEmpty ? [] : [("Workers", workers(cluster.workers))])
            + (cluster.unasked.isEmpty ? [] : [("Disabled workers", "<bdi>\(cluster.unasked.firstFew())</bdi>")])
    }

    private func workers(_ workers: [ClusterRecord.Worker]) -> HTML {
        let parts = workers.map { worker -> HTML in
            let version = worker.version.map { "version \($0)" } ?? "no version"
            let seen = worker.lastSeen.map { "last seen \($0)" } ?? "never seen"
            return "<bdi>\(worker.name)</bdi>: \(version), \(seen), \(worker.hasFollowed ? "followed" : "not followed")"
        }
        return "\(parts.enumerated().map { $0 == 0 ? $1 : "<br>\($1)" as HTML })"
    }

    private var liveSentence: String {
        let (live, note) = (record.configs.live, record.configs.note(of: record.cluster))
        let sentence = note.prefix(1).uppercased() + note.dropFirst() + "."
        let wasTouched = !live.down.isEmpty || !live.up.isEmpty || !live.synced.isEmpty || live.firewallRun
        guard record.configs.applied || wasTouched else { return sentence }
        return sentence + " \(live.down.count) taken down, \(live.synced.count) updated"
            + (live.up.isEmpty ? "" : ", \(live.up.count) brought up")
            + (live.firewallRun ? ", firewall script run." : ".")
    }

    /// What needs no action tonight, but somebody should know.
    private var notes: HTML {
        let configs = record.configs
        let notes: [(String, [String])] = [
            ("Changed for another reason than a removal", configs.changedOtherwise),
            ("Left alone, configs of no known instance", configs.unknownConfigs),
            ("Left alone, of an unknown release or written by somebody else", configs.unknownScripts),
            ("Left alone, interfaces whose key is of no instance with their number", configs.live.leftAlone),
            ("Interfaces of somebody else that could not be read", configs.live.unseen),
            ("Left out of the firewall script", configs.firewallProblems),
            ("Left behind by accounts that are gone", leftBehind),
            ("Workers of the cluster that have not followed", record.cluster?.troubles ?? []),
            ("References that dangled before the run", record.danglingReferences),
            ("The feed", record.feed.warnings),
            ("Put off", putOff),
            ("Users without an email whose username is one", usersKnownByUsername),
        ]
        let items = notes.filter { !$0.1.isEmpty }.map { title, names -> HTML in
            "<li><strong>\(title):</strong> <bdi>\(names.firstFew())</bdi></li>\n"
        }
        return items.isEmpty ? HTML() : "<h3>Worth knowing</h3>\n<ul class=\"notes\">\n\(items)</ul>\n"
    }

    private var feedFacts: HTML {
        let feed = record.feed
        guard let path = feed.path else { return "none: there were deferred removals that were due" }
        let profile = feed.profile.map { ", read with \($0)" } ?? ""
        return "<bdi>\(path)</bdi>, \(feed.format?.rawValue ?? ""), \(feed.bytes.counted("byte"))\(profile)"
    }

    private var putOff: [String] {
        record.putOff == 0
            ? [] : [record.putOff.counted("removal is", "removals are") + " kept in the journal until due"]
    }

    private var leftBehind: [String] {
        switch summary.leftBehind {
        case nil: ["not looked for in every entry of the feed"]
        case 0: []
        case let count?:
            [
                count.counted("login, host, key, token or file is", "logins, hosts, keys, tokens and files are")
                    + " named with their accounts"
            ]
        }
    }

    private var usersKnownByUsername: [String] {
        let count = record.usersKnownByUsername
        return count == 0
            ? [] : [count.counted("user") + "; --match-usernames treats them as the accounts of that name"]
    }

}
