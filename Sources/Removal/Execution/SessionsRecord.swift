import Support

/// How many sessions a removal has examined and removed.
package struct SessionsRecord: Hashable, Sendable, Codable {
    package var examined: Int
    /// Sessions whose data cannot be decoded, so that their user is unknown. They are left alone.
    package var unreadable: Int
    package var removed: Int

    enum CodingKeys: String, JSONMembers { case examined, unreadable, removed }

    package init(examined: Int = 0, unreadable: Int = 0, removed: Int = 0) {
        (self.examined, self.unreadable, self.removed) = (examined, unreadable, removed)
    }
}
