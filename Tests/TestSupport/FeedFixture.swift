import Foundation

/// A file of `fixtures/feeds`.
package struct FeedFixture {
    /// As `bad/cut-off.csv`.
    package var name: String

    package init(name: String) { self.name = name }

    package static let folder = URL(filePath: Fixtures.path("feeds"))

    package static func names(in folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: folder).path()))
    }

    package var bytes: [UInt8] {
        get throws { Array(try Data(contentsOf: Self.folder.appending(path: name))) }
    }
}
