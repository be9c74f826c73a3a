import Feed
import Foundation
import Glibc
import Report
import Support

/// How fast configs are compared with those on disk, and written.
struct ConfigWriting {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let unchanged = try bench.controlPlane(
            Scale.ControlPlane(instances: scale.configs, sessions: 10, accounts: 1))
        let written = try bench.controlPlane(
            Scale.ControlPlane(instances: scale.writtenConfigs, sessions: 10, accounts: 1))
        var times = SeriesByName()
        let copy = try unchanged.copy()
        for _ in 0..<bench.rounds {
            let compared = try Child.measure("measure-configs", copy.database, copy.configs)
            guard compared["written"] == 0 else { throw NotTheSameRows(differences: ["configs were written"]) }
            times.add(["unchanged": compared["time"] ?? .nan, "peak": compared["peak"] ?? .nan])
            let anew = try written.copy(withConfigs: false)
            let time = try Child.measure("measure-configs", anew.database, anew.configs)["time"] ?? .nan
            times.add(["written": time, "loop": try loop(over: anew.configs)])
        }
        return table(unchanged, written, times)
    }

    /// The system calls alone: create, write, sync, close and rename for each file, with the same bytes.
    private func loop(over configs: String) throws -> Double {
        let contents = try FileManager.default.contentsOfDirectory(atPath: configs).sorted().map { name in
            (name, [UInt8](try Data(contentsOf: URL(fileURLWithPath: configs + "/" + name))))
        }
        let folder = bench.path("loop")
        try bench.remove(folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        bench.settle()
        let start = Machine.uptime()
        for (name, bytes) in contents {
            let aside = folder + "/." + name
            let file = open(aside, O_CREAT | O_WRONLY | O_EXCL, 0o600)
            guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, close(file) == 0,
                rename(aside, folder + "/" + name) == 0
            else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
        return Machine.uptime() - start
    }

    private func table(
        _ unchanged: PreparedControlPlane, _ written: PreparedControlPlane, _ times: SeriesByName
    ) -> Table {
        var table = Table("Configs: rendered from the database and compared with what is on disk", at: scale)
        table.row(
            "\(unchanged.instances.grouped) instances with 5 peers each, none changed", times["unchanged"].asTime,
            judged: times["unchanged"], atMost: 600)
        table.row("  peak memory", times["peak"].asMegabytes)
        table.row(
            "a loop that writes, syncs and renames \(written.instances.grouped) of them", times["loop"].asTime,
            ratio: 1.0.asRatio)
        let ratio = times["written"] / times["loop"]
        table.row("the same, all written anew", times["written"].asTime, ratio: ratio.asRatio, judged: ratio, atMost: 2)
        return table
    }
}
