/// What became of the sessions of removed users.
public struct SessionsRecord: Sendable {
    public var examined = 0
    /// Sessions whose data cannot be decoded, so that nobody can say whose they are; left alone.
    public var unreadable = 0
    public var removed = 0

    public init() {}
}
