import Foundation
import Glibc

/// Files, folders and links with their contents and permissions.
indirect enum DiskTree: Equatable, Sendable {
    case file(Data, mode_t)
    case folder([String: DiskTree], mode_t)
    case link(to: String)

    /// Writes it to a path at which there is nothing yet.
    func write(to path: String) throws {
        switch self {
        case .file(let bytes, let mode):
            try bytes.write(to: URL(filePath: path))
            chmod(path, mode)
        case .folder(let items, let mode):
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            for (name, item) in items { try item.write(to: path + "/" + name) }
            chmod(path, mode)
        case .link(let target):
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
    }

    /// What lies in the folder under this name; nil where nothing does.
    subscript(name: String) -> DiskTree? { if case .folder(let items, _) = self { items[name] } else { nil } }

    /// Paths at which the two differ.
    func differences(from other: DiskTree, at path: String = ".") -> [String] {
        guard case .folder(let items, let mode) = self, case .folder(let others, mode) = other else {
            return self == other ? [] : [path]
        }
        return Set(items.keys).union(others.keys).sorted().flatMap { name -> [String] in
            guard let item = items[name], let other = others[name] else { return ["\(path)/\(name)"] }
            return item.differences(from: other, at: "\(path)/\(name)")
        }
    }
}
