import Foundation
import Glibc
import TestSupport
import Testing

/// Exit status 77: a feed or a database that somebody else may have written.
@Suite("Program: whose feed, whose database")
struct ProgramTrustTests {
    /// A user of no name, who is neither root nor whoever runs the tests.
    private static let somebody: uid_t = 12_345

    @Test(arguments: [("run", 0o664, "its group can write to it"), ("plan", 0o646, "everybody can write to it")])
    func `a feed that others may write is refused`(command: String, mode: Int, cause: String) throws {
        try withControlPlane { plane in
            chmod(plane.path("feed.csv"), mode_t(mode))
            try expectRefusal(plane, command, "cannot trust the feed \(plane.path("feed.csv")): \(cause)")
            #expect(try plane.program(command, "feed.csv", ["--allow-unsafe-permissions"]).status == 1)
        }
    }

    @Test(arguments: [("run", 0o660, "its group can write to it"), ("plan", 0o606, "everybody can write to it")])
    func `a database that others may write is refused`(command: String, mode: Int, cause: String) throws {
        try withControlPlane { plane in
            chmod(plane.database, mode_t(mode))
            try expectRefusal(plane, command, "cannot trust the database \(plane.database): \(cause)")
            #expect(try plane.program(command, "feed.csv", ["--allow-unsafe-permissions"]).status == 1)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a feed of another user is refused unless --feed-owner names him`() throws {
        try withControlPlane { plane in
            chown(plane.path("feed.csv"), Self.somebody, 0)
            try expectRefusal(plane, "run", "it belongs to user 12345, who is neither root nor the user who runs this")
            try expectRefusal(plane, "run", "it belongs to user 12345", ["--database-owner", "12345"])
            #expect(try plane.program("run", "feed.csv", ["--feed-owner", "12345"]).status == 1)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a database of another user is refused unless --database-owner names him`() throws {
        try withControlPlane { plane in
            chown(plane.database, Self.somebody, 0)
            try expectRefusal(plane, "run", "cannot trust the database \(plane.database): it belongs to user 12345")
            try expectRefusal(plane, "run", "cannot trust the database", ["--feed-owner", "12345"])
            #expect(try plane.program("run", "feed.csv", ["--database-owner", "12345"]).status == 1)
        }
    }

    @Test func `a list of protected accounts that others may write is refused`() throws {
        try withControlPlane { plane in
            let list = try plane.write("boss@example.com\n", to: "protect", mode: 0o666)
            try expectRefusal(plane, "run", "cannot trust the list of protected accounts", ["--protect", list])
        }
    }

    // MARK: Signed feeds

    private static let key = "a key that billing and this host share"

    /// HMAC-SHA256 of a file of the folder, made by other means than the program's.
    private func signature(of feed: String, _ plane: ControlPlaneFolder) throws -> String {
        let script = """
            import hmac, sys
            print(hmac.digest(sys.argv[1].encode(), open(sys.argv[2], "rb").read(), "sha256").hex(), end="")
            """
        return try Tool.need("python3", "-c", script, Self.key, plane.path(feed))
    }

    @Test func `with a key, a feed without its signature is refused`() throws {
        try withControlPlane { plane in
            let options = ["--api-key-file", try plane.write(Self.key, to: "key")]
            try expectRefusal(plane, "run", "its signature \(plane.path("feed.csv.hmac")) is missing", options)
        }
    }

    @Test(arguments: ["", "00", "not hex at all", String(repeating: "ab", count: 32)])
    func `with a key, a feed with a wrong signature is refused`(signature: String) throws {
        try withControlPlane { plane in
            let options = ["--api-key-file", try plane.write(Self.key, to: "key")]
            try plane.write(signature, to: "feed.csv.hmac")
            try expectRefusal(plane, "run", "its signature does not match the feed and the key", options)
        }
    }

    @Test func `nothing of a feed with a wrong signature is parsed`() throws {
        try withControlPlane { plane in
            let options = ["--api-key-file", try plane.write(Self.key, to: "key")]
            try plane.write(String(repeating: "0", count: 64), to: "feed-broken.csv.hmac")
            let result = try plane.program("run", "feed-broken.csv", options)
            #expect(result.status == 77)
            #expect(!result.stderr.contains("line "))
            try plane.write(try signature(of: "feed-broken.csv", plane), to: "feed-broken.csv.hmac")
            #expect(try plane.program("run", "feed-broken.csv", options).status == 65, "billing's own mistake")
        }
    }

    @Test(arguments: [key, key + "\n", " \t" + key + "\r\n"])
    func `with the right signature it runs, whatever white space is around the key`(key: String) throws {
        try withControlPlane { plane in
            let options = ["--api-key-file", try plane.write(key, to: "key")]
            try plane.write(try signature(of: "feed.csv", plane).uppercased() + "\n", to: "feed.csv.hmac")
            #expect(try plane.program("run", "feed.csv", options).status == 1)
        }
    }

    @Test func `a signed feed may belong to anybody`() throws {
        try withControlPlane { plane in
            let options = ["--api-key-file", try plane.write(Self.key, to: "key")]
            try plane.write(try signature(of: "feed.csv", plane), to: "feed.csv.hmac")
            chmod(plane.path("feed.csv"), 0o666)
            #expect(try plane.program("run", "feed.csv", options).status == 1)
            chmod(plane.path("key"), 0o666)
            try expectRefusal(plane, "run", "cannot trust the API key", options)
        }
    }

    @Test func `on standard input the signature comes with --hmac`() throws {
        try withControlPlane { plane in
            let key = ["--api-key-file", try plane.write(Self.key, to: "key"), "--format", "csv"]
            let signature = try signature(of: "feed.csv", plane)
            let input = ProgramProcess.Input.text(try plane.read("feed.csv"))
            let before = try plane.fingerprint()
            #expect(try plane.program("run", "-", key, input: input).status == 77)
            let wrong = String(signature.reversed())
            #expect(try plane.program("run", "-", key + ["--hmac", wrong], input: input).status == 77)
            #expect(try plane.fingerprint().changes(since: before) == [])
            #expect(try plane.program("run", "-", key + ["--hmac", signature], input: input).status == 1)
        }
    }

    @Test func `sign makes the signature that run takes`() throws {
        try withControlPlane { plane in
            let key = ["--api-key-file", try plane.write(Self.key + "\n", to: "key")]
            let signed = try Program.run(["sign", plane.path("feed.csv")] + key)
            #expect(signed.status == 0)
            #expect(signed.stdout == plane.path("feed.csv.hmac") + "\n")
            #expect(try plane.read("feed.csv.hmac") == signature(of: "feed.csv", plane) + "\n")
            #expect(try plane.program("run", "feed.csv", key).status == 1)

            let text = ProgramProcess.Input.text(try plane.read("feed.csv"))
            #expect(try Program.run(["sign", "-"] + key, input: text).stdout == plane.read("feed.csv.hmac"))
            #expect(try Program.run(["sign", plane.path("feed.csv")]).status == 64, "without a key")
            #expect(try Program.run(["sign", plane.path("absent.csv")] + key).status == 66)
        }
    }

    // MARK: Steps

    /// 77, nothing parsed, nothing touched.
    private func expectRefusal(
        _ plane: ControlPlaneFolder, _ command: String, _ cause: String, _ options: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try plane.fingerprint()
        let result = try plane.program(command, "feed.csv", options)
        #expect(result.status == 77, sourceLocation: sourceLocation)
        #expect(result.stderr.contains(cause), "\(result.stderr)", sourceLocation: sourceLocation)
        #expect(!result.stderr.contains(Self.key), "a key is never shown", sourceLocation: sourceLocation)
        // The lock that a run takes before it opens the database may be there.
        let changes = try plane.fingerprint().changes(since: before).filter { change in
            !change.contains(".lock: absent → ") && !change.hasPrefix(".: ") && !change.contains(".lock: file ")
        }
        #expect(changes == [], sourceLocation: sourceLocation)
    }
}
