import Foundation
import GRDB
import Testing

@testable import SamplePlane
@testable import Support

@Suite("Sessions of a sample")
struct SampleSessionTests {
    /// Reads every session as Django does, without its signature, and prints `key<TAB>owner` for each.
    private static let reader = """
        import base64, json, re, sqlite3, sys, zlib
        for key, data in sqlite3.connect(sys.argv[1]).execute("SELECT session_key, session_data FROM django_session"):
            value, time, signature = data.rsplit(":", 2)
            assert re.fullmatch("[0-9A-Za-z]{6}", time), time
            assert re.fullmatch("[0-9A-Za-z_-]{43}", signature), signature
            assert re.fullmatch("[.]?[0-9A-Za-z_-]+", value), value
            packed = value.startswith(".")
            value = value.lstrip(".")
            content = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            session = json.loads(zlib.decompress(content) if packed else content)
            print(key, session.get("_auth_user_id", ""), "packed" if packed else "plain", sep="\\t")
        """

    @Test("are what Django would read")
    func readByPython() throws {
        try withSampleScratch { folder throws in
            let sample = SampleControlPlane(
                accounts: 30, sessions: 600, seed: 3, now: UTCTime(seconds: 1_795_441_471))
            let inventory = try sample.write(to: folder + "/db.sqlite3")

            let python = Process()
            python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            python.arguments = ["python3", "-c", Self.reader, folder + "/db.sqlite3"]
            let output = Pipe()
            python.standardOutput = output
            try python.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            python.waitUntilExit()
            try #require(python.terminationStatus == 0)

            var keysByUser: [Int64: Set<String>] = [:]
            var anonymous = 0
            var kinds: [String: Int] = [:]
            for line in text.split(separator: "\n") {
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                kinds[fields[2], default: 0] += 1
                #expect(fields[0].utf8.count == 32)
                if let user = Int64(fields[1]) {
                    keysByUser[user, default: []].insert(fields[0])
                } else {
                    anonymous += 1
                }
            }
            #expect(keysByUser == inventory.sessionKeysByUser.mapValues(Set.init))
            #expect(anonymous > 0)
            #expect(kinds["packed", default: 0] > 100)
            #expect(kinds["plain", default: 0] > 20)
            #expect(kinds.values.reduce(0, +) == inventory.sessionCount)
        }
    }

    @Test("put decoys before and after the owner")
    func decoys() throws {
        var random = SplitMix64(seed: 1)
        let texts = (0..<200).map { _ in SampleSession(owner: 5, stranger: 6, using: &random).json }
        let owner = "\"_auth_user_id\":\"5\""
        #expect(texts.allSatisfy { $0.contains(owner) })
        #expect(texts.contains { $0.prefix { $0 != "5" }.contains("{\"_auth_user_id\":\"6\"}") })
        #expect(texts.contains { $0.contains("\\\"_auth_user_id\\\":\\\"6\\\"") })
    }
}
