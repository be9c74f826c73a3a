import Foundation
import Glibc
import Testing

/// What a simulated power loss keeps and loses.
@Suite struct LosingDiskTests {
    private static let seeds: Range<UInt64> = 0..<200

    /// A disk with an empty folder, the folder's inode, and what may be left of some calls.
    private func outcomes(_ calls: (_ folder: UInt64) -> [DiskOperation]) throws -> Set<String> {
        let path = NSTemporaryDirectory() + "/wg-reconcile-disk-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        defer { try? FileManager.default.removeItem(atPath: path) }
        var facts = stat()
        try #require(stat(path, &facts) == 0)
        var disk = try LosingDisk(holding: path, except: [])
        for call in calls(UInt64(facts.st_ino)) { disk.perform(call) }
        return Set(Self.seeds.map { Self.text(of: disk.tree(afterLoss: $0)) })
    }

    private static func text(of tree: DiskTree) -> String {
        switch tree {
        case .file(let bytes, let mode): String(mode, radix: 8) + " " + runs(in: bytes)
        case .folder(let items, _):
            items.sorted { $0.key < $1.key }.map { $0 + ": " + text(of: $1) }.joined(separator: ", ")
        case .link(let target): "to " + target
        }
    }

    /// Each sector's first byte, a digit.
    private static func runs(in bytes: Data) -> String {
        stride(from: 0, to: bytes.count, by: 512).map { "\(bytes[$0])" }.joined()
    }

    /// An inode that nothing of the file system has.
    private let file: UInt64 = .max
    private func sectors(_ digits: [UInt8]) -> Data { Data(digits.flatMap { [UInt8](repeating: $0, count: 512) }) }

    @Test func `what was synced is there, name and content`() throws {
        let left = try outcomes { folder in
            [
                .createFile(in: folder, "a", inode: file, 0o600), .write(file, at: 0, sectors([1, 2])),
                .setMode(file, 0o640), .sync(file, withMode: true), .sync(folder, withMode: true),
            ]
        }
        #expect(left == ["a: 640 12"])
    }

    @Test func `a synced file may be without its name`() throws {
        let left = try outcomes { folder in
            [
                .createFile(in: folder, "a", inode: file, 0o600), .write(file, at: 0, sectors([1])),
                .sync(file, withMode: true),
            ]
        }
        #expect(left == ["", "a: 600 1"])
    }

    @Test func `writes are torn, and a size may be there without its data`() throws {
        let left = try outcomes { folder in
            [
                .createFile(in: folder, "a", inode: file, 0o600), .sync(folder, withMode: true),
                .write(file, at: 0, sectors([1, 2])),
            ]
        }
        #expect(left == ["a: 600 ", "a: 600 00", "a: 600 10", "a: 600 02", "a: 600 12"])
    }

    @Test func `what is written over is the old or the new, sector by sector`() throws {
        let left = try outcomes { folder in
            [
                .createFile(in: folder, "a", inode: file, 0o600), .write(file, at: 0, sectors([1, 2])),
                .sync(file, withMode: true), .sync(folder, withMode: true), .write(file, at: 0, sectors([3, 4])),
            ]
        }
        #expect(left == ["a: 600 12", "a: 600 14", "a: 600 32", "a: 600 34"])
    }

    @Test func `a file that is replaced is the old or the new`() throws {
        let left = try outcomes { folder in
            [
                .createFile(in: folder, "a", inode: file, 0o600), .write(file, at: 0, sectors([1])),
                .sync(file, withMode: true), .sync(folder, withMode: true),
                .createFile(in: folder, "b", inode: file - 1, 0o600), .write(file - 1, at: 0, sectors([2])),
                .sync(file - 1, withMode: true), .rename(in: folder, "b", to: "a"),
            ]
        }
        #expect(left == ["a: 600 1", "a: 600 1, b: 600 2", "a: 600 2"])
    }

    @Test func `names come and go in their order`() throws {
        let left = try outcomes { folder in
            [
                .makeFolder(in: folder, "a", inode: file, 0o700), .makeLink(in: folder, "b", inode: file - 1, to: "a"),
                .remove(in: folder, "a"),
            ]
        }
        #expect(left == ["", "a: ", "a: , b: to a", "b: to a"])
    }
}
