import Glibc

/// Whose files may decide who is removed.
package struct FileTrust: Hashable, Sendable {
    /// Users besides root and the one who runs this.
    package var owners: Set<uid_t>
    /// Trust every file, as `--allow-unsafe-permissions` says.
    package var allowsAnything: Bool

    package init(owners: Set<uid_t> = [], allowsAnything: Bool = false) {
        self.owners = owners
        self.allowsAnything = allowsAnything
    }

    /// Why a file is not to be trusted; nil where it is.
    package func objection(to facts: stat) -> UntrustedFile.Reason? {
        if allowsAnything { return nil }
        if facts.st_mode & S_IWOTH != 0 { return .writableByEverybody }
        if facts.st_mode & S_IWGRP != 0 { return .writableByGroup }
        let isTrustedOwner = facts.st_uid == 0 || facts.st_uid == geteuid() || owners.contains(facts.st_uid)
        return isTrustedOwner ? nil : .ownedBy(facts.st_uid)
    }
}

/// What a file is to the run; for messages.
package enum FileRole: String, Hashable, Sendable {
    case feed = "the feed"
    case signature = "the signature"
    case apiKey = "the API key"
    case protectedAccounts = "the list of protected accounts"
    case database = "the database"
    case configuration = "the configuration file"
    case feedProfile = "the feed profile"
    case config = "the config"
    case firewallScript = "the firewall script"
}

/// A file that was opened once: what was checked is what was read.
package struct TrustedFile {
    package let bytes: [UInt8]
    /// When its content was last written.
    let modifiedAt: UTCTime

    /// The largest that is read, in bytes. No key, list or configuration is as large as that.
    private static let limit = 64 << 20

    /// Its owner and permissions are looked at before anything of it is read.
    ///
    /// - Throws: ``UnusableFile``, ``UntrustedFile``.
    package init(reading path: String, as role: FileRole, trust: FileTrust) throws {
        do {
            let file = try OpenFile.toRead(path)
            let facts = try file.facts()
            if let objection = trust.objection(to: facts) {
                throw UntrustedFile(role: role, path: path, reason: objection)
            }
            guard let read = try file.read(limit: Self.limit) else { throw FileFailure(.read, path, code: EFBIG) }
            (bytes, modifiedAt) = (read, facts.modifiedAt)
        } catch let failure as FileFailure {
            throw UnusableFile(role, path: path, reason: .unreadable(failure))
        }
    }
}

extension stat {
    /// When the content was last written.
    package var modifiedAt: UTCTime { UTCTime(seconds: Int64(st_mtim.tv_sec), nanoseconds: Int32(st_mtim.tv_nsec)) }
}
