/// Who runs the program.
package struct Operator: Hashable, Sendable, Codable {
    /// The effective user.
    package var userID: UInt32
    /// The user who became that user with sudo; nil without sudo.
    package var sudoUser: String?

    enum CodingKeys: String, JSONMembers {
        case userID = "user_id"
        case sudoUser = "sudo_user"
    }

    package init(userID: UInt32, sudoUser: String? = nil) {
        (self.userID, self.sudoUser) = (userID, sudoUser)
    }
}
