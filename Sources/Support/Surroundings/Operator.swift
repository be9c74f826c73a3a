/// Who runs the program.
package struct Operator: Hashable, Sendable {
    /// The effective user.
    package var userID: UInt32
    /// The user who became that user with sudo; nil without sudo.
    package var sudoUser: String?

    package init(userID: UInt32, sudoUser: String? = nil) {
        (self.userID, self.sudoUser) = (userID, sudoUser)
    }
}
