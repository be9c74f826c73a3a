@testable import Feed

extension FeedProfile {
    /// The usual profile, with a change.
    init(_ change: (inout FeedProfile) -> Void) {
        self.init()
        change(&self)
    }
}
