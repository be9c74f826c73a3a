/// The live interfaces as a run can reach them, or why it cannot.
struct LiveView: Sendable {
    let interfaces: LiveInterfaces?
    /// nil where they can be reached.
    let obstacle: NotApplied?

    /// Finds out before anything is removed.
    ///
    /// - Parameter access: nil where live interfaces are to be left alone.
    /// - Throws: ``LiveAccessFailure``.
    init(_ access: LiveAccess?) throws(LiveAccessFailure) {
        guard let access else {
            (interfaces, obstacle) = (nil, .notAsked)
            return
        }
        interfaces = try LiveInterfaces(access)
        obstacle = interfaces == nil ? .noPrograms : nil
    }
}
