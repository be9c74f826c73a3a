import Foundation
import Glibc
import Testing

/// What is no regular file is not waited for, and not read until memory ends.
@Suite("Program: FIFOs and devices in the place of files")
struct ProgramSpecialFileTests {
    /// Ends at once, with nothing touched.
    private func expectRefusal(
        _ plane: ControlPlaneFolder, _ arguments: [String], _ status: Int32, _ says: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let names = try plane.strings("SELECT name FROM wireguard_wireguardinstance")
        let result = try ProgramProcess(Program.path, arguments + plane.places(overriddenBy: [])).end(within: 20)
        #expect(result.status == status, "\(result.stderr)", sourceLocation: sourceLocation)
        #expect(result.stderr.contains(says), "\(result.stderr)", sourceLocation: sourceLocation)
        #expect(
            try plane.strings("SELECT name FROM wireguard_wireguardinstance") == names, sourceLocation: sourceLocation)
    }

    private func makeFIFO(_ name: String, _ plane: ControlPlaneFolder) -> String {
        #expect(mkfifo(plane.path(name), 0o600) == 0)
        return plane.path(name)
    }

    @Test(arguments: ["run", "plan"])
    func `a FIFO or a socket as feed`(command: String) throws {
        try withControlPlane { plane throws in
            try expectRefusal(plane, [command, makeFIFO("pipe.csv", plane)], 66, "pipe.csv: not a regular file")
            #expect(mknod(plane.path("socket.csv"), S_IFSOCK | 0o600, 0) == 0)
            try expectRefusal(plane, [command, plane.path("socket.csv")], 66, "socket.csv: not a regular file")
        }
    }

    @Test func `a device as feed`() throws {
        try withControlPlane { plane throws in
            for device in ["/dev/zero", "/dev/null"] {
                try expectRefusal(plane, ["run", device, "--format", "csv"], 66, "\(device): not a regular file")
            }
        }
    }

    @Test func `standard input by the name of its device, with a word on how it is meant`() throws {
        try withControlPlane { plane throws in
            let words = [Program.path, "run", "/dev/stdin", "--format", "csv"] + plane.places
            let result = try ProgramProcess("sh", ["-c", "echo email,status | \"$0\" \"$@\""] + words).end(within: 20)
            #expect(result.status == 66)
            #expect(result.stderr.contains("for standard input, give -: run - --format csv"), "\(result.stderr)")
        }
    }

    @Test func `a signature, a key and a list of protected accounts`() throws {
        try withControlPlane { plane throws in
            let feed = ["run", plane.path("feed.csv")]
            let key = try plane.write("a key", to: "key")
            let fifo = makeFIFO("fifo", plane)
            try expectRefusal(plane, feed + ["--protect", fifo], 78, "fifo: not a regular file")
            try expectRefusal(plane, feed + ["--api-key-file", fifo], 78, "fifo: not a regular file")
            try expectRefusal(plane, feed + ["--protect", "/dev/zero"], 78, "/dev/zero: not a regular file")
            let signature = makeFIFO("feed.csv.hmac", plane)
            try expectRefusal(plane, feed + ["--api-key-file", key], 78, "\(signature): not a regular file")
        }
    }

    @Test func `a configuration file and a feed profile`() throws {
        try withControlPlane { plane throws in
            let feed = ["run", plane.path("feed.csv")]
            let fifo = makeFIFO("fifo", plane)
            try expectRefusal(plane, feed + ["--config", fifo], 78, "fifo: not a regular file")
            try expectRefusal(plane, feed + ["--feed-profile", fifo], 78, "fifo: not a regular file")
        }
    }

    @Test func `a database`() throws {
        try withControlPlane { plane throws in
            let fifo = makeFIFO("fifo", plane)
            let places = plane.places(overriddenBy: ["--database", fifo])
            let result = try ProgramProcess(Program.path, ["run", plane.path("feed.csv")] + places).end(within: 20)
            #expect(result.status == 69)
        }
    }

    @Test func `a feed that others may write is refused before it is read`() throws {
        try withControlPlane { plane throws in
            try plane.write("", to: "feed.csv", mode: 0o666)
            #expect(truncate(plane.path("feed.csv"), 1 << 40) == 0)
            try expectRefusal(plane, ["run", plane.path("feed.csv")], 77, "everybody can write to it")
        }
    }
}
