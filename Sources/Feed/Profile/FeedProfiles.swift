import Glibc
import Support

/// The profiles that feeds are read with.
package struct FeedProfiles: Sendable {
    /// Those that the operator has named.
    package var profiles: [FeedProfile]
    /// For a feed that none of them is for.
    package var other: FeedProfile

    package init(_ profiles: [FeedProfile] = [], other: FeedProfile = .standard) {
        (self.profiles, self.other) = (profiles, other)
    }

    /// The profile for a feed. The only one that was named is for every feed that is named by itself; of several, and in an
    /// inbox, the one whose globs match the feed's name.
    ///
    /// - Throws: ``ProfilesOverlap`` where several do.
    package func profile(forFeedAt path: String, inInbox: Bool) throws(ProfilesOverlap) -> FeedProfile {
        if profiles.count == 1 && !inInbox { return profiles[0] }
        // A feed that was held is the same feed under a name that has a mark.
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

/// Several profiles are for one feed.
package struct ProfilesOverlap: ExplainedError, Hashable {
    package var feed: String
    /// Their paths.
    package var profiles: [String]

    package var operation: String { "choose a profile for" }
    package var subject: String { feed.escapedForMessage(limit: 400) }
    package var cause: String {
        "its name matches the files of \(profiles.map { $0.escapedForMessage(limit: 400) }.joined(separator: " and of "))"
    }
    package var hint: String { "nothing was touched; mend their \"files\" so that one of them is left" }
    package var exitStatus: ExitStatus { .configurationWrong }
}
