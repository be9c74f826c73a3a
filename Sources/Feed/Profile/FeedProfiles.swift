import Glibc
import Support

/// The profiles for reading feeds.
package struct FeedProfiles: Sendable {
    /// The profiles that the operator has named.
    package var profiles: [FeedProfile]
    /// The profile for feeds that match none of them.
    package var other: FeedProfile

    package init(_ profiles: [FeedProfile] = [], other: FeedProfile = .standard) {
        (self.profiles, self.other) = (profiles, other)
    }

    /// The profile for a feed. If the operator has named one profile, it applies to every feed outside an inbox.
    /// Otherwise it is the profile whose globs match the feed's name, or ``other`` if none match.
    ///
    /// - Throws: ``ProfilesOverlap`` if several match.
    package func profile(forFeedAt path: String, inInbox: Bool) throws(ProfilesOverlap) -> FeedProfile {
        if profiles.count == 1 && !inInbox { return profiles[0] }
        // A feed that was held has a mark in its name; remove it.
        let name = FeedName.name(withoutMark: FileSystem.name(of: path))
        let matching = profiles.filter { $0.isFor(fileNamed: name) }
        guard matching.count <= 1 else {
            throw ProfilesOverlap(feed: path, profiles: matching.map { $0.path ?? "the options" })
        }
        return matching.first ?? other
    }
}

extension FeedProfile {
    fileprivate func isFor(fileNamed name: String) -> Bool {
        files.isEmpty || files.contains { fnmatch($0, name, 0) == 0 }
    }
}

/// Several profiles match one feed.
package struct ProfilesOverlap: ExplainedError, Hashable {
    package var feed: String
    /// The paths of these profiles.
    package var profiles: [String]

    package var operation: String { "choose a profile for" }
    package var subject: String { feed.escapedForMessage(limit: 400) }
    package var cause: String {
        "its name matches the files of \(profiles.map { $0.escapedForMessage(limit: 400) }.joined(separator: " and of "))"
    }
    package var hint: String { "nothing was touched; change their \"files\" so that only one of them matches" }
    package var exitStatus: ExitStatus { .configurationWrong }
}
