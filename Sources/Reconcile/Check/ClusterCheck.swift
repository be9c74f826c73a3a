import ControlPlane
import Journal
import Report
import Support
import WireGuard

/// The workers of the application's cluster, by the status that they report.
enum ClusterCheck {
    private static let subject = "cluster"

    static func findings(_ database: ControlPlaneDatabase, now: UTCTime) -> [Finding] {
        do {
            let (state, isUntold, left) = try database.readOnly(
                while: "read the workers of the cluster from the database"
            ) { db in
                let state = try ClusterState(in: db, database.schema)
                return (
                    state, try state?.isUntold(in: db) ?? false, try ClusterState.leftWorkers(in: db, database.schema)
                )
            }
            guard let state else { return left.isEmpty ? [] : [disabled(left)] }
            return findings(state, now: now) + (isUntold ? [untold] : [])
        } catch let error as any ExplainedError {
            return [.problem(subject, error)]
        } catch {
            return [.problem(subject, "\(error)", try: "report it with this message")]
        }
    }

    private static func disabled(_ workers: [String]) -> Finding {
        .note(
            subject,
            "the cluster is disabled, and these workers are still enabled in it: \(workers.map(shortened).firstFew()); they are "
                + "not told of removals, so a run cannot know whether a removed peer is on them",
            try: "once WireGuard is down there, disable them in the application")
    }

    private static let untold = Finding.note(
        subject, "files may have changed without the workers being told", try: "run `wg-reconcile regenerate`")

    private static func findings(_ state: ClusterState, now: UTCTime) -> [Finding] {
        guard let workers = state.workers, state.tellsPeers else {
            return [
                .problem(
                    subject,
                    "workers do not report which peers they have: every removal of an account with keys ends with 1",
                    try: "update the application, or give --no-apply")
            ]
        }
        let place = state.primaryHasInterfaces ? "" : "; by its settings, no interface is up on this host"
        let count = "\(workers.count) enabled \(workers.count == 1 ? "worker" : "workers")"
        let disabled = state.disabledWorkers.map { shortened($0.name) }
        let unasked = disabled.isEmpty ? "" : "; disabled, not asked: \(disabled.firstFew())"
        return [.ok(subject, "\(count), version \(state.version)\(place)\(unasked)")]
            + workers.compactMap { finding($0, state, now: now) }
    }

    private static func finding(_ worker: ClusterWorker, _ state: ClusterState, now: UTCTime) -> Finding? {
        let name = shortened(worker.name)
        let seen = worker.lastSeen.map { "last seen at \($0.rfc3339)" } ?? "never seen"
        if worker.isSilent(at: now) {
            return .note(
                subject, "worker \(name) is silent, \(seen): a run does not wait for it, and cannot know its peers",
                try: "start it, or disable it in the application once its interfaces are down")
        }
        if let version = worker.version, version > state.version {
            return .note(
                subject,
                "worker \(name) has version \(version), and the cluster is at \(state.version), \(seen): to a run it has "
                    + "not followed",
                try: "look again in a minute; if it still has that version, look at its log")
        }
        if worker.version == state.version {
            if let time = worker.toldPeersAt {
                guard time > now.adding(seconds: 1) else { return nil }
                return .note(
                    subject,
                    "worker \(name) has reported its peers at a time to come, \(time.rfc3339): the clock was set back, and a "
                        + "run does not believe that report",
                    try: "look again in a minute; if it is still so, look at the worker's log")
            }
            return .note(
                subject,
                "worker \(name) has never reported its peers, \(seen): a run cannot see that a removed peer is gone there",
                try: "look again in a minute; if it still has not, look at its log")
        }
        return .note(
            subject, "worker \(name) is behind: it has version \(worker.version.map(String.init) ?? "none"), \(seen)",
            try: "look again in a minute; if it is still behind, look at its log")
    }

    /// Not escaped: that is done where it is printed.
    private static func shortened(_ name: String) -> String { name.count > 100 ? String(name.prefix(99)) + "…" : name }
}
