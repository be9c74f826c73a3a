import Foundation
import Glibc

/// A call that changed a file or made it durable, as ``DiskRecorder`` wrote it down. Files and folders are named by
/// their inodes.
enum DiskOperation: Sendable {
    case createFile(in: UInt64, String, inode: UInt64, mode_t)
    case makeFolder(in: UInt64, String, inode: UInt64, mode_t)
    case makeLink(in: UInt64, String, inode: UInt64, to: String)
    /// A second name for a file.
    case addName(in: UInt64, String, inode: UInt64)
    case rename(in: UInt64, String, to: String)
    /// A file, a link, or an empty folder.
    case remove(in: UInt64, String)

    case write(UInt64, at: Int, Data)
    /// To this size, which may be larger than the one before.
    case truncate(UInt64, to: Int)
    /// To at least this size.
    case grow(UInt64, to: Int)
    case setMode(UInt64, mode_t)

    /// With its mode, or without as `fdatasync` does.
    case sync(UInt64, withMode: Bool)

    var isSync: Bool { if case .sync = self { true } else { false } }

    /// - Throws: where a call was made that is not simulated.
    static func read(recordedAt path: String) throws -> [DiskOperation] {
        let bytes = try Data(contentsOf: URL(filePath: path))
        var operations: [DiskOperation] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            let words = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
            let numbers = words.dropFirst().compactMap { UInt64($0) }
            guard numbers.count == 5 else { throw unreadable(words) }
            let (count, length) = (Int(numbers[3]), Int(numbers[4]))
            rest = rest[(end + 1)...]
            let content = Data(rest.prefix(count))
            let text = String(decoding: rest.dropFirst(count).prefix(length), as: UTF8.self)
            rest = rest.dropFirst(count + length)
            operations.append(try DiskOperation(String(words[0]), numbers, content, text))
        }
        return operations
    }

    private init(_ kind: String, _ numbers: [UInt64], _ content: Data, _ text: String) throws {
        let (a, b, c) = (numbers[0], numbers[1], numbers[2])
        let name = String(decoding: content, as: UTF8.self)
        switch kind {
        case "create": self = .createFile(in: a, name, inode: b, mode_t(c))
        case "mkdir": self = .makeFolder(in: a, name, inode: b, mode_t(c))
        case "symlink": self = .makeLink(in: a, name, inode: b, to: text)
        case "link": self = .addName(in: a, name, inode: b)
        case "rename" where a == b && c == 0: self = .rename(in: a, name, to: text)
        case "remove": self = .remove(in: a, name)
        case "write": self = .write(a, at: Int(b), content)
        case "truncate": self = .truncate(a, to: Int(b))
        case "grow": self = .grow(a, to: Int(b))
        case "mode": self = .setMode(a, mode_t(b))
        case "sync": self = .sync(a, withMode: true)
        case "datasync": self = .sync(a, withMode: false)
        default: throw Self.unreadable([kind[...], name[...], text[...]])
        }
    }

    private static func unreadable(_ words: [Substring]) -> BrokenChild.Failure {
        BrokenChild.Failure(description: "a call that is not simulated: \(words.joined(separator: " "))")
    }
}
