import Foundation
import Glibc

/// A file system of its own with little room, for tests of what a full disk does.
struct SmallDisk {
    let path: String

    /// Why none can be mounted here; nil where one can.
    static let obstacle: String? = {
        let path = NSTemporaryDirectory() + "/wg-reconcile-disk-" + UUID().uuidString
        guard mkdir(path, 0o700) == 0 else { return "no folder can be made in the temporary folder" }
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else {
            return "a tmpfs cannot be mounted: \(String(cString: strerror(errno)))"
        }
        umount2(path, Int32(MNT_DETACH))
        return nil
    }()

    /// Runs a test on such a disk, which is unmounted afterwards whatever becomes of the test.
    static func with(kilobytes: Int, _ body: (SmallDisk) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "/wg-reconcile-disk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { rmdir(path) }
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k,mode=755") == 0 else {
            throw BrokenChild.Failure(description: "mount: \(String(cString: strerror(errno)))")
        }
        defer { umount2(path, Int32(MNT_DETACH)) }
        try body(SmallDisk(path: path))
    }

    func resize(kilobytes: Int) throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kilobytes)k") == 0 else {
            throw BrokenChild.Failure(description: "mount: \(String(cString: strerror(errno)))")
        }
    }

    var freeKilobytes: Int {
        var facts = statvfs()
        statvfs(path, &facts)
        return Int(facts.f_bavail) * Int(facts.f_bsize) / 1024
    }

    /// Fills it up, but for so much.
    func fill(leaving kilobytes: Int = 0) throws {
        let count = freeKilobytes - kilobytes
        guard count > 0 else { return }
        try Data(count: count * 1024).write(to: URL(filePath: path + "/filler"))
    }

    func makeRoom() throws {
        // A child of another test may have come to a descriptor of the file, which would keep its room after its end.
        truncate(path + "/filler", 0)
        try FileManager.default.removeItem(atPath: path + "/filler")
    }
}

extension SmallDisk {
    /// Mounts a file on itself while `body` runs.
    static func mountedOnItself(_ file: String, _ body: () throws -> Void) throws {
        guard mount(file, file, nil, UInt(MS_BIND), nil) == 0 else {
            throw BrokenChild.Failure(description: "mount: \(String(cString: strerror(errno)))")
        }
        defer { umount2(file, Int32(MNT_DETACH)) }
        try body()
    }

    /// Mounts a folder on itself, to be read only, while `body` runs.
    static func readOnly(_ folder: String, _ body: () throws -> Void) throws {
        guard mount(folder, folder, nil, UInt(MS_BIND), nil) == 0 else {
            throw BrokenChild.Failure(description: "mount: \(String(cString: strerror(errno)))")
        }
        defer { umount2(folder, Int32(MNT_DETACH)) }
        let flags = MS_BIND | MS_REMOUNT | MS_RDONLY
        guard mount(nil, folder, nil, UInt(flags), nil) == 0 else {
            throw BrokenChild.Failure(description: "mount: \(String(cString: strerror(errno)))")
        }
        try body()
    }
}
