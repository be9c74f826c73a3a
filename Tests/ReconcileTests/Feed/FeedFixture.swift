import Foundation
import Testing

@testable import Feed

/// A file of `fixtures/feeds`.
struct FeedFixture {
    /// As `bad/cut-off.csv`.
    var name: String

    static let folder = URL(filePath: Fixtures.path("feeds"))

    static func names(in folder: String) throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: folder).path()))
    }

    var bytes: [UInt8] {
        get throws { Array(try Data(contentsOf: Self.folder.appending(path: name))) }
    }

    func read() throws -> Feed {
        try Feed(parsing: bytes, as: FeedFormat(ofFeedAt: name), path: name)
    }
}
