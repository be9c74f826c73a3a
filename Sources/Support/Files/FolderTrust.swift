import Glibc

/// Whether a folder is one in which this program may move, overwrite and delete files: nobody may put something else in
/// their place meanwhile.
package struct FolderTrust: Hashable, Sendable {
    var role: FolderRole
    /// Whose files are trusted.
    var files: FileTrust

    package init(role: FolderRole, files: FileTrust) {
        self.role = role
        self.files = files
    }

    /// Why a folder is not to be trusted; nil where it is.
    package func objection(to facts: stat) -> FolderObjection? {
        if files.allowsAnything { return nil }
        return reason(facts).map { FolderObjection(role: role, reason: $0) }
    }

    private func reason(_ facts: stat) -> FolderObjection.Reason? {
        let isOurs = facts.st_uid == 0 || facts.st_uid == geteuid()
        if facts.st_mode & S_IWOTH != 0 { return .writableByEverybody }
        if facts.st_mode & S_IWGRP != 0 {
            // With the sticky bit, who may add a file can still not move or delete another's.
            guard role == .inbox && isOurs else { return .writableByGroup }
            if facts.st_mode & S_ISVTX == 0 { return .withoutStickyBit }
        }
        let isTrustedOwner = isOurs || (role != .settledFeeds && files.owners.contains(facts.st_uid))
        return isTrustedOwner ? nil : .ownedBy(facts.st_uid)
    }
}

/// What a folder is to the run.
package enum FolderRole: Hashable, Sendable {
    /// Gets a folder for each run.
    case reports
    /// Billing drops feeds into it.
    case inbox
    /// `done`, `failed` or `held`: ours alone.
    case settledFeeds
}

/// Why a folder is not used: somebody else could change what lies in it.
package struct FolderObjection: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case writableByEverybody
        case writableByGroup
        /// Its group may write it, as an inbox's may, but also move what others put there.
        case withoutStickyBit
        case ownedBy(uid_t)
        /// It is a symbolic link, which leads where somebody else wants.
        case link
    }

    package var role: FolderRole
    package var reason: Reason

    package init(role: FolderRole, reason: Reason) {
        self.role = role
        self.reason = reason
    }

    var cause: String {
        switch reason {
        case .writableByEverybody: "everybody may write it"
        case .writableByGroup: "its group may write it"
        case .withoutStickyBit: "its group may write it, and it has no sticky bit"
        case .ownedBy(let user): "it belongs to user \(user), who is neither root nor the user who runs this"
        case .link: "it is a symbolic link"
        }
    }

    func hint(for path: String) -> String {
        switch (reason, role) {
        case (.link, _): "delete the link; a run makes the folder"
        case (.ownedBy, .inbox): "chown root \(path), or name billing's user with --feed-owner"
        case (.ownedBy, _): "chown root \(path), and look at what lies in it"
        case (_, .inbox): "chown root \(path) and chmod 1770 \(path), with billing's group as its group"
        default: "chmod go-w \(path), and find out who could have changed what lies in it"
        }
    }
}
