/// How many sessions a removal has examined and removed.
package struct SessionsRecord: Sendable {
    package var examined = 0
    /// Sessions whose data cannot be decoded, so that their user is unknown. They are left alone.
    package var unreadable = 0
    package var removed = 0

    package init() {}
}
