/// Who runs the program.
public struct Operator: Hashable, Sendable {
    /// The effective user.
    public var userID: UInt32
    /// Who became that user by sudo; nil where nobody did.
    public var sudoUser: String?

    public init(userID: UInt32, sudoUser: String? = nil) {
        (self.userID, self.sudoUser) = (userID, sudoUser)
    }
}
