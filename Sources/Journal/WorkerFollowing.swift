import Support

/// When a worker was first seen to have followed. Only a peer report written after that is proof. An earlier one may
/// describe the files that the worker had before.
package struct WorkerFollowing: Hashable, Sendable {
    /// The config version that the worker had.
    package var version: Int64
    /// The time of the last peer report from when the worker may not have followed yet; nil if there was none.
    package var toldPeersAt: UTCTime?

    package init(version: Int64, toldPeersAt: UTCTime?) { (self.version, self.toldPeersAt) = (version, toldPeersAt) }
}
