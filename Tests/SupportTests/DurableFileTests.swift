import Foundation
import TestSupport
import Testing

@testable import Support

@Suite("Report: files that are replaced as a whole")
struct ReportDurableFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private var path: String { folder.path + "/wg7.conf" }

    @Test(arguments: [0o600, 0o640, 0o666, 0o400] as [mode_t])
    func `a file is made with exactly the mode asked for`(mode: mode_t) throws {
        try DurableFile.replace(path, with: Array("new".utf8), mode: mode)
        #expect(try folder.read("wg7.conf") == "new")
        #expect(try folder.mode("wg7.conf") == Int(mode))
        #expect(try folder.names() == ["wg7.conf"])
    }

    @Test func `a file is replaced, longer by shorter, and the old one is untouched for who has it open`() throws {
        try folder.write("old and longer", to: "wg7.conf")
        let old = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        try DurableFile.replace(path, with: Array("new".utf8), mode: 0o600)
        try DurableFile.syncFolder(folder.path)
        #expect(try folder.read("wg7.conf") == "new")
        #expect(try old.readToEnd() == Data("old and longer".utf8))
    }

    @Test func `a link is replaced and what it points to is left alone`() throws {
        try folder.write("elsewhere", to: "target")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "target")
        try DurableFile.replace(path, with: Array("new".utf8), mode: 0o600)
        #expect(try folder.read("target") == "elsewhere")
        #expect(try folder.read("wg7.conf") == "new")
    }

    @Test(.enabled(if: geteuid() == 0, "giving files away takes root"), arguments: [true, false])
    func `the owner is kept where that is asked for`(keeping: Bool) throws {
        try folder.write("old", to: "wg7.conf")
        #expect(chown(path, 1234, 2345) == 0)
        try DurableFile.replace(
            "wg7.conf", in: OpenFolder(folder.path), with: [], mode: 0o600, keepingOwner: keeping)
        var found = stat()
        #expect(lstat(path, &found) == 0)
        #expect(found.st_uid == (keeping ? 1234 : 0))
        #expect(found.st_gid == (keeping ? 2345 : getegid()))
    }

    @Test func `a failure names operation, path and reason, and leaves nothing behind`() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let failure = #expect(throws: FileFailure.self) {
            try DurableFile.replace(path, with: Array("new".utf8), mode: 0o600)
        }
        #expect(failure == FileFailure(.rename, path, code: EISDIR))
        #expect(failure?.description == "cannot rename \(path): Is a directory")
        #expect(try folder.names() == ["wg7.conf"])

        let missing = #expect(throws: FileFailure.self) {
            try DurableFile.replace(folder.path + "/missing/wg7.conf", with: [], mode: 0o600)
        }
        #expect(missing?.operation == .open)
        #expect(missing?.code == ENOENT)
    }

    @Test func `leftovers are cleared, and nothing that only looks like one`() throws {
        let kept = [
            ".wg-reconcile-wg7.conf", ".wg-reconcile-wg7.conf.0A1b2c3d", ".wg-reconcile-wg7.conf.0a1b2c3",
            ".wg-reconcile.lock",
            "wg7.conf", "wg7.conf.0a1b2c3d",
        ]
        for name in kept + [".wg-reconcile-wg7.conf.0a1b2c3d", ".wg-reconcile-wg-firewall.sh.00000000"] {
            try folder.write("", to: name)
        }
        try FileManager.default.createDirectory(
            atPath: folder.path + "/.wg-reconcile-folder.0a1b2c3d", withIntermediateDirectories: false)
        let removed = try DurableFile.removeLeftovers(in: OpenFolder(folder.path))
        #expect(removed == [".wg-reconcile-wg-firewall.sh.00000000", ".wg-reconcile-wg7.conf.0a1b2c3d"])
        #expect(try folder.names() == (kept + [".wg-reconcile-folder.0a1b2c3d"]).sorted())
    }
}
