import Feed
import Glibc
import Report
import Support

/// Tells feeds that are still being written from those that are there as a whole.
///
/// A feed is settled if its size and its times are the same at two looks, two seconds apart, and no process has it open for
/// writing, as far as that can be told.
package struct SettledLook {
    /// Between the two looks.
    static let pause = Milliseconds(2_000)

    private let before: [String: InboxFeed]

    /// - Parameter listing: the first look.
    init(after listing: InboxListing) {
        before = Dictionary(listing.feeds.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Asked at the second look.
    func isSettled(_ feed: InboxFeed) -> Bool {
        guard let before = before[feed.name], before.file == feed.file, before.signature == feed.signature else {
            return false
        }
        return !Self.isOpenForWriting(feed)
    }

    /// `F_SETLEASE` of Linux, `<fcntl.h>`. Swift's Glibc does not import it.
    private static let setLease: Int32 = 1_024

    /// Whether a process has the file open for writing. A read lease is granted only where none has; it is dropped at once.
    /// False where that cannot be told: to take a lease of somebody else's file needs `CAP_LEASE`.
    private static func isOpenForWriting(_ feed: InboxFeed) -> Bool {
        // What cannot be opened is found out when the feed is read.
        guard let file = try? OpenFile.toRead(feed.name, in: feed.folder) else { return false }
        // The kernel sends it when somebody opens the file for writing in this very moment; it would end the process.
        signal(SIGIO, SIG_IGN)
        return file.withDescriptor { descriptor in
            guard fcntl(descriptor, setLease, Int32(F_RDLCK)) == 0 else { return errno == EAGAIN }
            _ = fcntl(descriptor, setLease, Int32(F_UNLCK))
            return false
        }
    }
}
