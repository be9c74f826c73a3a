import Feed
import Glibc
import Report
import Support

/// Distinguishes complete feeds from those that are still being written.
///
/// A feed is settled if its size and times are the same in two looks, two seconds apart, and no process has it open for
/// writing, as far as that can be told.
package struct SettledLook {
    /// The time between the two looks.
    static let pause = Milliseconds(2_000)

    private let before: [String: InboxFeed]

    /// - Parameter listing: the first look.
    init(after listing: InboxListing) {
        before = Dictionary(listing.feeds.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// To be called at the second look.
    func isSettled(_ feed: InboxFeed) -> Bool {
        guard let before = before[feed.name], before.file == feed.file, before.signature == feed.signature else {
            return false
        }
        return !Self.isOpenForWriting(feed)
    }

    /// `F_SETLEASE` of Linux, `<fcntl.h>`. Swift's Glibc does not import it.
    private static let setLease: Int32 = 1_024

    /// Whether a process has the file open for writing. The kernel grants a read lease only if no process has; the
    /// lease is released at once. False where that cannot be told: a lease on another user's file needs `CAP_LEASE`.
    private static func isOpenForWriting(_ feed: InboxFeed) -> Bool {
        // A file that cannot be opened is reported when the feed is read.
        guard let file = try? OpenFile.toRead(feed.name, in: feed.folder) else { return false }
        // The kernel sends SIGIO if somebody opens the file for writing at this moment. Without this, it would end the
        // process.
        signal(SIGIO, SIG_IGN)
        return file.withDescriptor { descriptor in
            guard fcntl(descriptor, setLease, Int32(F_RDLCK)) == 0 else { return errno == EAGAIN }
            _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
            return false
        }
    }
}
