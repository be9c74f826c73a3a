import Feed
import Foundation
import Journal
import Support
import TestSupport
import Testing

@Suite("Documents")
struct DocumentTests {
    private static let readme = Document(path: "README.md")
    private static let articles = Document.all.filter { $0.path.hasPrefix(Document.catalogue) }

    @Test func `the README has at most 200 lines of at most 120 columns`() throws {
        #expect(try Self.readme.lines.dropLast().count <= 200)
        #expect(try Self.readme.lines.filter { $0.count > 120 } == [])
    }

    @Test(arguments: Document.all)
    func `every link leads to a file, and to a heading in it`(document: Document) throws {
        for link in try document.relativeLinks {
            let parts = link.split(separator: "#", omittingEmptySubsequences: false).map(String.init)
            let target =
                parts[0].isEmpty ? document.url : document.url.deletingLastPathComponent().appending(path: parts[0])
            #expect(FileManager.default.fileExists(atPath: target.standardizedFileURL.path()), "\(link)")
            guard parts.count > 1 else { continue }
            let path = target.standardizedFileURL.path().replacing(Document.project.path(), with: "")
            #expect(try Document(path: path).anchors.contains(parts[1]), "\(link)")
        }
    }

    @Test func `README and the overview lead to every article`() throws {
        let overview = Document(named: "Documentation.md")
        #expect(Self.articles.count >= 10)
        for article in Self.articles where article.path != overview.path {
            #expect(try Self.readme.relativeLinks.contains(article.path), "\(article.path)")
            #expect(try overview.relativeLinks.contains(article.url.lastPathComponent), "\(article.path)")
        }
    }

    @Test(arguments: ["jobs", "fixtures"])
    func `the index of a folder names everything in it`(folder: String) throws {
        let index = try Document(path: folder + "/README.md").text
        let names = try FileManager.default.contentsOfDirectory(atPath: Document.project.path() + folder)
        #expect(names.count >= 5)
        #expect(names.filter { !$0.hasPrefix(".") && $0 != "README.md" && !index.contains("`\($0)") } == [])
    }

    @Test func `the README lists the exit statuses that there are`() throws {
        let listed = try Self.readme.table(headed: "exit status").map { $0[0] }
        #expect(listed == ExitStatus.allCases.map { String($0.rawValue) })
    }

    @Test func `README and Reports list the outcomes that there are, with their status codes`() throws {
        let outcomes = Outcome.allCases
        #expect(try Self.readme.table(headed: "outcome").map { $0[0] } == outcomes.map(\.rawValue))
        let reports = try Document(named: "Reports.md").table(headed: "outcome")
        #expect(reports.map { [$0[0], $0[2]] } == outcomes.map { [$0.rawValue, String($0.statusCode)] })
    }

    @Test func `the article on feeds lists the status words that the program knows`() throws {
        let text = try Document(named: "Feeds-and-profiles.md").text.replacing("\n", with: " ")
        for words in [StatusWords.standardRemoval, StatusWords.standardStaying] {
            #expect(text.contains(words.map { "`\($0)`" }.joined(separator: ", ") + "."))
        }
    }

    @Test func `the modules that the README names are there`() throws {
        let sources = Document.project.appending(path: "Sources").path()
        let folders = try FileManager.default.contentsOfDirectory(atPath: sources)
        let named = try Self.readme.table(headed: "module").flatMap { row in
            row[0].matches(of: #/[A-Za-z]+/#).map { String($0.0) }
        }
        #expect(named.count >= 8)
        #expect(Set(named).subtracting(folders) == [])
    }

    @Test func `the members that Reports names are in the schema`() throws {
        let schema = try String(
            contentsOf: Document.project.appending(path: "fixtures/json-schema/report.schema.json"), encoding: .utf8)
        let named = try Document(named: "Reports.md").table(headed: "member").flatMap { row in
            row[0].matches(of: #/\w+/#).map { String($0.0) }
        }
        #expect(named.count >= 20)
        #expect(named.filter { !schema.contains("\"\($0)\": {") } == [])
    }
}
