/// Who runs the program.
package struct Operator: Hashable, Sendable {
    /// The effective user.
    package var userID: UInt32
    /// Who became that user by sudo; nil where nobody did.
    package var sudoUser: String?

    package init(userID: UInt32, sudoUser: String? = nil) {
        (self.userID, self.sudoUser) = (userID, sudoUser)
    }
}
