import Foundation

/// A Markdown document of the project.
package struct Document: Sendable, CustomStringConvertible {
    package static let project = URL(filePath: Fixtures.path(".."), directoryHint: .isDirectory).standardizedFileURL
    package static let catalogue = "Sources/wg-reconcile/Documentation.docc"

    /// The README, the articles, and what explains the folders beside them.
    package static let all: [Document] = {
        let below = [catalogue, "jobs", "fixtures"].flatMap { folder in
            // Where a folder cannot be read, the tests that look for its documents fail.
            ((try? FileManager.default.subpathsOfDirectory(atPath: project.path() + folder)) ?? [])
                .filter { $0.hasSuffix(".md") }.sorted().map { Document(path: folder + "/" + $0) }
        }
        return [Document(path: "README.md")] + below
    }()

    /// From the folder of the project.
    package let path: String
    package var description: String { path }

    package var url: URL { Self.project.appending(path: path) }
    package var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }
    package var lines: [String] { get throws { try text.components(separatedBy: "\n") } }

    package init(path: String) { self.path = path }

    /// An article.
    package init(named name: String) { path = Self.catalogue + "/" + name }

    // MARK: Links

    /// The targets of links that lead to files, `Guards.md#folders`, inline or as definitions.
    package var relativeLinks: [String] {
        get throws {
            let inline = try text.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.1) }
            let defined = try lines.compactMap { $0.wholeMatch(of: #/\[[^\]]+\]: (\S+)/#).map { String($0.1) } }
            return (inline + defined).filter { !$0.contains("://") }
        }
    }

    /// The names by which a link reaches the document's headings, made as code hosts make them.
    package var anchors: Set<String> {
        get throws {
            Set(
                try lines.compactMap { $0.wholeMatch(of: #/#+ (.*)/#)?.1 }.map { heading in
                    String(
                        heading.lowercased().compactMap {
                            $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil
                        })
                })
        }
    }

    /// The cells of the tables whose head begins with this cell, row by row.
    package func table(headed head: String) throws -> [[String]] {
        var (rows, isInside) = ([[String]](), false)
        for line in try lines {
            isInside = line.hasPrefix("| \(head) |") || isInside && line.hasPrefix("|")
            guard isInside, !line.hasPrefix("| \(head) |"), !line.hasPrefix("|-") else { continue }
            rows.append(
                line.dropFirst().dropLast().split(separator: "|").map {
                    $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
                })
        }
        return rows
    }
}
