import Foundation
import Testing

@testable import SamplePlane
@testable import Support

@Suite("A sample folder")
struct SampleFolderTests {
    private let sample = SampleFolder(
        controlPlane: SampleControlPlane(now: UTCTime(seconds: 1_795_441_471, nanoseconds: 5)))

    private struct Document: Decodable {
        var accounts: [[String: String]]
        var count: Int
        var generatedAt: String

        enum CodingKeys: String, CodingKey {
            case accounts, count
            case generatedAt = "generated_at"
        }
    }

    @Test("holds database, config folder and feeds")
    func contents() throws {
        try withSampleScratch { folder throws in
            let root = folder + "/new/sample"
            var asked: [String] = []
            _ = try sample.write(to: root) { database, wireguard in
                asked = [database, wireguard]
                #expect(FileManager.default.fileExists(atPath: database))
                #expect(FileManager.default.fileExists(atPath: wireguard))
            }
            #expect(asked == [root + "/db.sqlite3", root + "/wireguard"])
            let names = try FileManager.default.contentsOfDirectory(atPath: root).sorted()
            #expect(names == ["db.sqlite3", "feed-broken.csv", "feed.csv", "feed.json", "feed.jsonl", "wireguard"])
            let mode = try FileManager.default.attributesOfItem(atPath: root + "/wireguard")[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test("has a feed with each kind of entry, the same in three formats")
    func feeds() throws {
        try withSampleScratch { folder throws in
            let inventory = try sample.write(to: folder)
            func text(_ name: String) throws -> String {
                try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            }

            let document = try JSONDecoder().decode(Document.self, from: Data(text("feed.json").utf8))
            let entries = document.accounts
            #expect(document.count == entries.count)
            #expect(document.generatedAt == "2026-11-23T13:44:31Z")
            let emails = entries.compactMap { $0["email"] }
            #expect(emails.count == entries.count)

            let statuses = Set(entries.compactMap { $0["status"] })
            #expect(statuses.isSuperset(of: ["cancelled", "suspended", "payment_failed", "active", "trialing"]))
            #expect(emails.contains(inventory.administratorEmail))
            #expect(emails.contains { !$0.contains("@") })
            #expect(emails.contains("nobody@example.org"))
            #expect(emails.contains { $0.hasPrefix("Customer") })
            #expect(Set(emails).count == emails.count - 1)
            #expect(entries.contains { $0["effective_at"] == "2026-12-23" })
            let lacking = Set(inventory.accounts.filter { !$0.isComplete }.map(\.email))
            #expect(emails.contains { lacking.contains($0) })

            let lines = try text("feed.jsonl").split(separator: "\n")
            #expect(try lines.map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) } == entries)
            let rows = try text("feed.csv").split(separator: "\n")
            #expect(rows.first == "account_id,email,status,effective_at,reason")
            #expect(rows.count == entries.count + 1)
            #expect(try text("feed.csv").contains(",\"card declined, 3 attempts\"\n"))
            #expect(try text("feed-broken.csv").filter { $0 == "\"" }.count % 2 == 1)
        }
    }

    @Test("is never made where something is already")
    func refusesOccupied() throws {
        try withSampleScratch { folder throws in
            let note = folder + "/note"
            try Data("mine".utf8).write(to: URL(fileURLWithPath: note))
            #expect(throws: SampleError.folderNotEmpty(path: folder)) { try sample.write(to: folder) }
            #expect(throws: SampleError.self) { try sample.write(to: note) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["note"])
        }
    }

    @Test("leaves nothing where it could not be finished")
    func cleansUp() throws {
        struct Stop: Error {}
        try withSampleScratch { folder throws in
            #expect(throws: Stop.self) {
                try sample.write(to: folder) { _, _ in throw Stop() }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
