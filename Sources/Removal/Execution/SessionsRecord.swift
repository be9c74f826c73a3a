/// What became of the sessions of removed users.
package struct SessionsRecord: Sendable {
    package var examined = 0
    /// Sessions whose data cannot be decoded, so that nobody can say whose they are; left alone.
    package var unreadable = 0
    package var removed = 0

    package init() {}
}
