import Support

/// When a look first found that a worker has followed. Only what it tells of its peers later than that is proof: before, it
/// may have told them with the files that it had then.
package struct WorkerFollowing: Hashable, Sendable {
    /// The version that it had.
    package var version: Int64
    /// When it had told its peers last, while it may not have followed yet; nil where it never had.
    package var toldPeersAt: UTCTime?

    package init(version: Int64, toldPeersAt: UTCTime?) { (self.version, self.toldPeersAt) = (version, toldPeersAt) }
}
