import Glibc

/// Whether this program can safely move, overwrite and delete files in a folder. It can if nobody else is able to
/// replace them in the meantime.
package struct FolderTrust: Hashable, Sendable {
    var role: FolderRole
    /// Which owners are trusted.
    var files: FileTrust

    package init(role: FolderRole, files: FileTrust) {
        self.role = role
        self.files = files
    }

    /// Why a folder cannot be trusted; nil if it can.
    package func objection(to facts: stat) -> FolderObjection? {
        if files.allowsAnything { return nil }
        return reason(facts).map { FolderObjection(role: role, reason: $0) }
    }

    private func reason(_ facts: stat) -> FolderObjection.Reason? {
        let isOurs = facts.st_uid == 0 || facts.st_uid == geteuid()
        if facts.st_mode & S_IWOTH != 0 { return .writableByEverybody }
        if facts.st_mode & S_IWGRP != 0 {
            // With the sticky bit, users who may add a file still cannot move or delete another user's.
            guard role == .inbox && isOurs else { return .writableByGroup }
            if facts.st_mode & S_ISVTX == 0 { return .withoutStickyBit }
        }
        // Copies of the database hold private keys.
        if role == .backups && facts.st_mode & 0o077 != 0 { return .openToOthers }
        let isTrustedOwner = isOurs || (role != .settledFeeds && files.owners.contains(facts.st_uid))
        return isTrustedOwner ? nil : .ownedBy(facts.st_uid)
    }
}

/// What the run uses a folder for.
package enum FolderRole: Hashable, Sendable {
    /// Each run adds a folder to it.
    case reports
    /// Billing drops feeds into it.
    case inbox
    /// `done`, `failed` or `held`: only we may write there.
    case settledFeeds
    /// Copies of the database, which nobody else may read.
    case backups
}

/// Why a folder is not used: somebody else could change its contents.
package struct FolderObjection: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case writableByEverybody
        case writableByGroup
        /// Its group may write to it, as an inbox allows, but may also move other users' files.
        case withoutStickyBit
        case ownedBy(uid_t)
        /// Others may list it or go into it.
        case openToOthers
        /// It is a symbolic link, which could lead anywhere.
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
        case .writableByEverybody: "everybody can write to it"
        case .writableByGroup: "its group can write to it"
        case .withoutStickyBit: "its group can write to it, and it has no sticky bit"
        case .openToOthers: "others may list it or go into it, and copies of the database hold private keys"
        case .ownedBy(let user): "it belongs to user \(user), who is neither root nor the user who runs this"
        case .link: "it is a symbolic link"
        }
    }

    func hint(for path: String) -> String {
        switch (reason, role) {
        case (.link, _): "delete the link; a run makes the folder"
        case (.openToOthers, _): "chmod 700 \(path)"
        case (.ownedBy, .inbox): "chown root \(path), or name billing's user with --feed-owner"
        case (.ownedBy, _): "chown root \(path), and check what is in it"
        case (_, .inbox): "chown root \(path) and chmod 1770 \(path), with billing's group as its group"
        default: "chmod go-w \(path), and find out who could have changed what is in it"
        }
    }
}
