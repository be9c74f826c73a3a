import Support

extension Surroundings {
    /// A world in which no time passes, for what the library does to set a test up.
    static let forSetUp = Surroundings(
        now: { UTCTime(seconds: 0) }, uptime: { 0 }, pause: { _ in }, randomNumber: { 0 }, hostName: "test")
}
