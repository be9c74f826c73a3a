import TestSupport

@testable import Feed

extension FeedFixture {
    func read() throws -> Feed {
        try Feed(parsing: bytes, as: FeedFormat(ofFeedAt: name), path: name)
    }
}
