import Feed
import Glibc
import Report
import Support

/// Reads the inbox's last finished feed again where no feed is waiting. This shows before the next run what the program
/// would no longer accept, above all after an upgrade.
enum LastFeedCheck {
    static func findings(_ inbox: Inbox, _ options: Reconciliation.Options) -> [Finding] {
        // InboxCheck reports a folder that must not be used. A missing one has no feed.
        guard let folder = try? InboxPlace.done.folder(in: inbox), let last = newest(in: folder) else {
            return []
        }
        let (name, path) = (last.name, last.path)
        do {
            let original = FeedName.name(withoutMark: name)
            let profile = try options.profiles.profile(forFeedAt: original, inInbox: true)
            let source = try FeedSource(
                reading: last, limit: options.maxFeedSize, trust: FileTrust(allowsAnything: true))
            let feed = try Feed(parsing: source.bytes, as: FeedFormat(ofFeedAt: name), profile, path: path)
            return FeedReadingCheck.unknownWords(feed)
        } catch let error as FeedRefusal {
            return [
                .problem(
                    "feed", "the last feed that was processed, \(path), would be refused now: \(error.cause)",
                    try: error.hint)
            ]
        } catch {
            // The feed is finished already, so an error in reading it is not a problem.
            return []
        }
    }

    /// The feed that was moved here last; nil where there is none or the folder cannot be read.
    private static func newest(in folder: OpenFolder) -> InboxFeed? {
        guard let names = try? folder.names() else { return nil }
        let feeds = names.compactMap { name -> (time: Int, feed: InboxFeed)? in
            guard (try? FeedFormat(ofFeedAt: name)) != nil, let facts = try? folder.status(of: name),
                facts.isFile
            else { return nil }
            let feed = InboxFeed(
                name: name, path: folder.path(of: name), modifiedAt: facts.modifiedAt, file: FileIdentity(facts),
                folder: folder, signature: nil)
            return (facts.st_ctim.tv_sec, feed)
        }
        return feeds.max { ($0.time, $0.feed.name) < ($1.time, $1.feed.name) }?.feed
    }
}
