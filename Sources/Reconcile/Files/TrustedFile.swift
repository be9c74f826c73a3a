import Glibc

/// Whose files may decide who is removed.
public struct FileTrust: Hashable, Sendable {
    /// Users besides root and the one who runs this.
    public var owners: Set<uid_t>
    /// Trust every file, as `--allow-unsafe-permissions` says.
    public var allowsAnything: Bool

    public init(owners: Set<uid_t> = [], allowsAnything: Bool = false) {
        self.owners = owners
        self.allowsAnything = allowsAnything
    }

    /// Why a file is not to be trusted; nil where it is.
    func objection(to facts: stat) -> UntrustedFile.Reason? {
        if allowsAnything { return nil }
        if facts.st_mode & S_IWOTH != 0 { return .writableByEverybody }
        if facts.st_mode & S_IWGRP != 0 { return .writableByGroup }
        let isTrustedOwner = facts.st_uid == 0 || facts.st_uid == geteuid() || owners.contains(facts.st_uid)
        return isTrustedOwner ? nil : .ownedBy(facts.st_uid)
    }
}

/// What a file is to the run; for messages.
public enum FileRole: String, Hashable, Sendable {
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
struct TrustedFile {
    let bytes: [UInt8]
    /// When its content was last written.
    let modifiedAt: UTCTime

    /// - Throws: ``UnusableFile``, ``UntrustedFile``.
    init(reading path: String, as role: FileRole, trust: FileTrust) throws {
        let file: OpenedFile
        do throws(FileFailure) {
            // No key, list or configuration is as large as that.
            guard let read = try OpenedFile(path, limit: 64 << 20) else { throw FileFailure(.read, path, code: EFBIG) }
            file = read
        } catch {
            throw UnusableFile(role, path: path, reason: .unreadable(error))
        }
        if let objection = trust.objection(to: file.facts) {
            throw UntrustedFile(role: role, path: path, reason: objection)
        }
        bytes = file.bytes
        modifiedAt = file.modifiedAt
    }
}

/// What one descriptor told of a file: its owner and mode, and everything in it.
struct OpenedFile {
    let facts: stat
    let bytes: [UInt8]

    var modifiedAt: UTCTime {
        UTCTime(seconds: Int64(facts.st_mtim.tv_sec), nanoseconds: Int32(facts.st_mtim.tv_nsec))
    }

    /// Reads a regular file, or standard input. Anything else is not waited for and not read.
    ///
    /// - Parameters:
    ///   - path: `-` for standard input.
    ///   - limit: how many bytes it may have; nil where it has more.
    init?(_ path: String, limit: Int) throws(FileFailure) {
        // Without O_NONBLOCK a FIFO would make the run wait for a writer for ever.
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileFailure(.open, path) }
        // Nothing was written, so nothing can be lost in closing.
        defer { if path != "-" { _ = close(descriptor) } }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw FileFailure(.examine, path) }
        if path != "-" && !facts.isFile {
            throw FileFailure(.open, path, code: facts.isFolder ? EISDIR : FileFailure.notAFile)
        }
        self.facts = facts
        guard let bytes = try FileContents.read(descriptor, path, limit: limit) else { return nil }
        self.bytes = bytes
    }
}
