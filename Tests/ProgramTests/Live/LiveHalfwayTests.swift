import Foundation
import Glibc
import Testing

/// The configs' step ends early, after an interface was taken down.
extension LiveInterfacesTests {
    /// Locks a database for as long as a file exists, in the background.
    private static let locker = """
        import os, sqlite3, sys, time
        database, mark = sys.argv[1:]
        if os.fork():
            while not os.path.exists(mark + ".locked"): time.sleep(0.01)
            sys.exit()
        os.setsid()
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in 0, 1, 2: os.dup2(silent, stream)
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("BEGIN EXCLUSIVE")
        open(mark + ".locked", "w").close()
        end = time.monotonic() + 60
        while os.path.exists(mark) and time.monotonic() < end: time.sleep(0.01)
        connection.rollback()
        os.remove(mark + ".locked")
        """

    @Test func `an interface that was taken down before stands in the report, also in that of the continued run`()
        throws
    {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            let (script, mark) = (network.bench.folder + "/lock.py", network.bench.folder + "/lock")
            try Self.locker.write(toFile: script, atomically: false, encoding: .utf8)
            try Data().write(to: URL(filePath: mark))
            try network.bench.work { plane in
                try plane.db.execute(
                    sql: "UPDATE wireguard_wireguardinstance SET post_down = ? WHERE uuid = ?",
                    arguments: ["python3 \(script) \(network.bench.database) \(mark)", gone.customer.instance])
            }
            try network.bringUp([gone, stays])

            let first = try network.run(["gone@x.com"], ["--busy-timeout", "1"])
            #expect(first.status == 75, "\(first.output)")
            #expect(first.names("interfaces_down") == [gone.customer.interface])
            #expect(first.configs["regenerated"] as? Bool == false)
            #expect(try !network.isUp(gone.customer))

            try FileManager.default.removeItem(atPath: mark)
            for _ in 1...500 where FileManager.default.fileExists(atPath: mark + ".locked") { usleep(10_000) }
            let second = try network.run(["gone@x.com"])
            #expect(second.status == 0, "\(second.output)")
            #expect(second.names("interfaces_down") == [gone.customer.interface])
            #expect(second.names("deleted") == ["\(gone.customer.interface).conf"])
        }
    }
}
