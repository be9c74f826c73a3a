import Glibc

/// Reads the last feed of an inbox that was done, where none waits: what a run would not take any more shows before the
/// night, after an upgrade above all.
enum LastFeedCheck {
    static func findings(_ directory: String, _ options: Reconciliation.Options) -> [Finding] {
        guard let name = newest(in: directory + "/" + InboxPlace.done.rawValue) else { return [] }
        let path = "\(directory)/\(InboxPlace.done.rawValue)/\(name)"
        do {
            let original = InboxPlace.name(withoutMark: name)
            let profile = try options.profiles.profile(forFeedAt: original, inInbox: true)
            let source = try FeedSource(reading: path, limit: options.maxFeedSize)
            let feed = try Feed(parsing: source.bytes, as: FeedFormat(ofFeedAt: name), profile, path: path)
            return FeedReadingCheck.unknownWords(feed)
        } catch let error as FeedRefusal {
            return [
                .problem(
                    "feed", "the last feed that was done, \(path), would be refused now: \(error.cause)",
                    try: error.hint)
            ]
        } catch {
            // It is of the past: what cannot be read of it stops nothing.
            return []
        }
    }

    /// The name of the feed that was moved here last; nil where there is none, or the folder cannot be read.
    private static func newest(in folder: String) -> String? {
        guard let names = try? FileSystem.names(in: folder) else { return nil }
        let feeds = names.compactMap { name -> (time: Int, name: String)? in
            guard (try? FeedFormat(ofFeedAt: name)) != nil, let facts = try? FileSystem.status(of: folder + "/" + name),
                facts.isFile
            else { return nil }
            return (facts.st_ctim.tv_sec, name)
        }
        return feeds.max { ($0.time, $0.name) < ($1.time, $1.name) }?.name
    }
}
