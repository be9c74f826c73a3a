import Foundation
import Glibc
import TestSupport
import Testing

@testable import Support

/// A folder that is worked on by its descriptor: nothing that is put in its place, or in the place of what lies in it, is
/// touched.
@Suite("Files: an open folder")
struct OpenFolderTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func makeFolder(_ name: String) throws -> OpenFolder {
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/" + name, withIntermediateDirectories: false)
        return try OpenFolder(scratch.path + "/" + name)
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/" + name, withDestinationPath: target)
    }

    @Test func `a link to a folder is followed where the folder is opened by its path`() throws {
        let folder = try makeFolder("folder")
        try link("link", to: "folder")
        let opened = try OpenFolder(scratch.path + "/link")
        #expect(try opened.facts().isSame(as: folder.facts()))
        #expect(opened.path == scratch.path + "/link")
        try opened.sync()
    }

    @Test(arguments: ["link", "file", "absent"])
    func `within a folder, a link is refused, and so is what is no folder`(name: String) throws {
        let folder = try makeFolder("folder")
        _ = try makeFolder("elsewhere")
        try scratch.write("", to: "folder/file")
        try link("folder/link", to: "../elsewhere")
        let failure = #expect(throws: FileFailure.self) { try folder.openFolder(name) }
        #expect(failure == FileFailure(.open, folder.path(of: name), code: name == "absent" ? ENOENT : ENOTDIR))
    }

    @Test func `it stays the folder that was opened, whatever is put at its path`() throws {
        let folder = try makeFolder("folder")
        try folder.requireInPlace()
        try FileManager.default.moveItem(atPath: folder.path, toPath: scratch.path + "/moved")
        #expect(throws: FileFailure(.open, folder.path, code: ESTALE)) { try folder.requireInPlace() }
        _ = try makeFolder("folder")
        #expect(throws: FileFailure(.open, folder.path, code: ESTALE)) { try folder.requireInPlace() }
        try DurableFile.replace("file", in: folder, with: Array("text".utf8), mode: 0o600)
        try folder.makeFolder("below", mode: 0o750)
        #expect(try scratch.names(in: "moved") == ["below", "file"] && scratch.names(in: "folder") == [])
        #expect(try folder.names() == ["below", "file"])
        #expect(try scratch.mode("moved/below") == 0o750)
    }

    @Test func `a tree is deleted, and what links in it lead to stays`() throws {
        let folder = try makeFolder("folder")
        _ = try makeFolder("mine")
        try scratch.write("precious", to: "mine/file")
        for name in ["tree", "tree/below", "tree/below/deeper"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(of: name), withIntermediateDirectories: false)
            try scratch.write("", to: "folder/\(name)/file")
            try link("folder/\(name)/link", to: scratch.path + "/mine")
        }
        try link("folder/alias", to: scratch.path + "/mine")
        try folder.removeTree("tree")
        try folder.removeTree("alias")
        try folder.removeTree("absent")
        #expect(try folder.names() == [])
        #expect(try scratch.read("mine/file") == "precious")
    }

    @Test func `files are moved between folders, and a name that is taken is not linked over`() throws {
        let (a, b) = (try makeFolder("a"), try makeFolder("b"))
        try scratch.write("one", to: "a/file")
        try scratch.write("two", to: "b/taken")
        #expect(try !a.link("file", to: "taken", in: b))
        #expect(try a.link("file", to: "second", in: b))
        try a.rename("file", to: "moved", in: b)
        #expect(try b.names() == ["moved", "second", "taken"] && a.names() == [])
        #expect(try scratch.read("b/taken") == "two")
        try b.remove("moved")
        try b.remove("moved")
        #expect(try b.status(of: "moved") == nil)
    }

    @Test(arguments: ["link", "fifo", "socket", "folder", "absent"])
    func `what is no regular file is not read, and not waited for`(name: String) throws {
        let folder = try makeFolder("folder")
        try scratch.write("secret", to: "file")
        try link("folder/link", to: "../file")
        #expect(mkfifo(folder.path(of: "fifo"), 0o600) == 0)
        #expect(mknod(folder.path(of: "socket"), S_IFSOCK | 0o600, 0) == 0)
        try folder.makeFolder("folder", mode: 0o700)
        #expect(try folder.regularFile(name) == nil)
        #expect(throws: FileFailure.self) { try folder.setMode(of: name, to: 0o666) }
        #expect(try scratch.mode("file") != 0o666)
    }

    @Test func `a file larger than any config is not read into memory`() throws {
        let folder = try makeFolder("folder")
        try scratch.write("", to: "folder/huge")
        #expect(truncate(folder.path(of: "huge"), 1 << 40) == 0)
        #expect(throws: FileFailure(.read, folder.path(of: "huge"), code: EFBIG)) { try folder.regularFile("huge") }
    }

    @Test func `it can be locked once, and until nobody has it any more`() throws {
        let folder = try makeFolder("folder")
        var holder: OpenFolder? = try folder.openFolder(".")
        #expect(try holder?.lock() == true)
        #expect(try !folder.lock())
        holder = nil
        #expect(try folder.lock())
    }
}

@Suite("Files: whose folder is worked in")
struct FolderTrustTests {
    private func objection(
        _ mode: mode_t, owner: uid_t, as role: FolderRole, _ trust: FileTrust = FileTrust(owners: [1234])
    ) -> FolderObjection.Reason? {
        var facts = stat()
        (facts.st_mode, facts.st_uid) = (S_IFDIR | mode, owner)
        return FolderTrust(role: role, files: trust).objection(to: facts)?.reason
    }

    @Test(arguments: [FolderRole.reports, .inbox, .settledFeeds])
    func `a folder of root's or of our own that nobody else may write is trusted`(role: FolderRole) {
        for owner in [0, geteuid()] {
            for mode in [0o700, 0o750, 0o755, 0o2750] as [mode_t] {
                #expect(objection(mode, owner: owner, as: role) == nil)
            }
            for mode in [0o757, 0o777, 0o1777] as [mode_t] {
                #expect(objection(mode, owner: owner, as: role) == .writableByEverybody)
            }
        }
        #expect(objection(0o755, owner: 4_321, as: role) == .ownedBy(4_321))
    }

    @Test func `an inbox may be writable by its group where that can move nobody's files`() {
        #expect(objection(0o1770, owner: 0, as: .inbox) == nil)
        #expect(objection(0o770, owner: 0, as: .inbox) == .withoutStickyBit)
        #expect(objection(0o1770, owner: 1234, as: .inbox) == .writableByGroup, "who can move everybody's files")
        for role in [FolderRole.reports, .settledFeeds] {
            #expect(objection(0o1770, owner: 0, as: role) == .writableByGroup)
        }
    }

    @Test func `a trusted user's inbox and reports are trusted, and not his done, failed and held`() {
        #expect(objection(0o755, owner: 1234, as: .inbox) == nil)
        #expect(objection(0o755, owner: 1234, as: .reports) == nil)
        #expect(objection(0o755, owner: 1234, as: .settledFeeds) == .ownedBy(1234))
    }

    @Test func `where everything is allowed, so is this`() {
        #expect(objection(0o777, owner: 4_321, as: .settledFeeds, FileTrust(allowsAnything: true)) == nil)
    }

    @Test func `every objection says what to do`() {
        for role in [FolderRole.reports, .inbox, .settledFeeds] {
            for reason in [
                FolderObjection.Reason.writableByEverybody, .writableByGroup, .withoutStickyBit, .ownedBy(7), .link,
            ] {
                let failure = FileFailure(untrusted: "/srv/x", FolderObjection(role: role, reason: reason))
                #expect(failure.isNotPermitted && failure.description == "cannot trust /srv/x: \(failure.reason)")
                #expect(failure.hintOnTrust?.isEmpty == false)
            }
        }
    }
}
