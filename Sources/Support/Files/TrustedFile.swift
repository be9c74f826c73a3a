import Glibc

/// Whose files are allowed to decide who is removed.
package struct FileTrust: Hashable, Sendable {
    /// Trusted users, in addition to root and the user who runs this.
    package var owners: Set<uid_t>
    /// Trusts every file, as with `--allow-unsafe-permissions`.
    package var allowsAnything: Bool

    package init(owners: Set<uid_t> = [], allowsAnything: Bool = false) {
        self.owners = owners
        self.allowsAnything = allowsAnything
    }

    /// Why a file cannot be trusted; nil if it can.
    package func objection(to facts: stat) -> UntrustedFile.Reason? {
        if allowsAnything { return nil }
        if facts.st_mode & S_IWOTH != 0 { return .writableByEverybody }
        if facts.st_mode & S_IWGRP != 0 { return .writableByGroup }
        let isTrustedOwner = facts.st_uid == 0 || facts.st_uid == geteuid() || owners.contains(facts.st_uid)
        return isTrustedOwner ? nil : .ownedBy(facts.st_uid)
    }
}

/// What the run uses a file for; the raw value is for messages.
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
    case finishHook = "the program of --on-finish"
}

/// A file that was checked and read through one descriptor, so what was checked is what was read.
package struct TrustedFile {
    package let bytes: [UInt8]
    /// When the content was last written.
    let modifiedAt: UTCTime

    /// The largest file that is read, in bytes. No key, list or configuration is that large.
    private static let limit = 64 << 20

    /// Checks owner and permissions, then reads the file.
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
