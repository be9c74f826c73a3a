import Report
import Support

/// How fast login sessions are read and decoded.
struct SessionDecoding {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(
            Scale.ControlPlane(instances: scale.small.instances, sessions: scale.decodedSessions, accounts: 1))
        var times = Series()
        for _ in 0..<bench.rounds {
            times.add(try Child.measure("measure-sessions", plane.database)["time"] ?? .nan)
        }
        var table = Table("Sessions: all that a database holds, read and decoded on one core", at: scale)
        let sessions = Double(scale.decodedSessions)
        table.row(
            "\(scale.decodedSessions.grouped) sessions", times.median.asTime,
            judged: times.median / sessions * 200_000, atMost: 600)
        table.row("a second", "\(Int(sessions / times.median * 1_000).grouped)")
        return table
    }
}
