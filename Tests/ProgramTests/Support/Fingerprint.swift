import Foundation
import Glibc
import Support

/// Everything in a folder as it is at one moment: of each file, folder and link its bytes, mode, owner, time of change
/// and inode. Two that are equal mean that nothing was written in between, not even the same bytes once more.
struct Fingerprint: Equatable {
    struct Item: Equatable, CustomStringConvertible {
        var kind: String
        /// SHA-256 of a file's bytes, or the target of a link.
        var content: String
        var mode: UInt32
        var owner: UInt32
        var inode: UInt64
        /// Of a folder this changes when anything in it comes or goes.
        var modified: String

        var description: String { "\(kind) \(String(mode, radix: 8)) \(content.prefix(12)) \(modified) #\(inode)" }
    }

    /// By the path within the folder; "" is the folder itself.
    private(set) var items: [String: Item] = [:]

    init(of folder: String) throws {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        for name in [""] + names { items[name] = try Item(at: name.isEmpty ? folder : folder + "/" + name) }
    }

    /// The paths of what is different from `earlier`.
    func names(changedSince earlier: Fingerprint) -> Set<String> {
        Set(items.keys).union(earlier.items.keys).filter { items[$0] != earlier.items[$0] }
    }

    /// What is different from `earlier`, an item a line; empty where nothing is.
    func changes(since earlier: Fingerprint) -> [String] {
        names(changedSince: earlier).sorted().map { name in
            let states = [earlier.items[name], items[name]].map { $0?.description ?? "absent" }
            return "\(name.isEmpty ? "." : name): \(states.joined(separator: " → "))"
        }
    }
}

extension Fingerprint.Item {
    fileprivate init(at path: String) throws {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        (mode, owner, inode) = (UInt32(facts.st_mode & 0o7777), facts.st_uid, UInt64(facts.st_ino))
        modified = "\(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
        switch facts.st_mode & S_IFMT {
        case S_IFREG:
            kind = "file"
            content = SHA256.digest(of: Array(try Data(contentsOf: URL(filePath: path)))).hexDigits
        case S_IFLNK:
            kind = "link"
            content = try FileManager.default.destinationOfSymbolicLink(atPath: path)
        default:
            kind = facts.st_mode & S_IFMT == S_IFDIR ? "folder" : "other"
            content = ""
        }
    }
}
