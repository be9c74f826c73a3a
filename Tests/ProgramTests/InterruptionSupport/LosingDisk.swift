import Foundation
import Glibc

/// A disk that keeps for certain only what was synced: a file's content by a sync of the file, its name by one of the
/// folder. That is what POSIX promises; most file systems keep more.
struct LosingDisk: Sendable {
    private struct Node: Sendable {
        enum Content: Sendable {
            case file(LosingFile)
            case folder(LosingFolder)
            case link(to: String)
        }
        var content: Content
        var mode: mode_t
        var durableMode: mode_t

        init(_ content: Content, mode: mode_t) { (self.content, self.mode, durableMode) = (content, mode, mode) }
    }

    /// In the order in which they were made, the folder above all first.
    private var nodes: [Node] = []
    /// By inode. One that is used again stands for the latest file that has it.
    private var numbers: [UInt64: Int] = [:]

    /// A disk on which all that is in the folder is durable.
    ///
    /// - Parameter excluded: names in the folder that are left out.
    init(holding folder: String, except excluded: Set<String>) throws {
        _ = try add(folder, except: excluded)
    }

    private mutating func add(_ path: String, except excluded: Set<String> = []) throws -> Int {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let number = nodes.count
        numbers[UInt64(facts.st_ino)] = number
        let mode = facts.st_mode & 0o7777
        switch facts.st_mode & S_IFMT {
        case S_IFDIR:
            nodes.append(Node(.folder(LosingFolder()), mode: mode))
            var names: [String: Int] = [:]
            for name in try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            where !excluded.contains(name) {
                names[name] = try add(path + "/" + name)
            }
            nodes[number].content = .folder(LosingFolder(durable: names))
        case S_IFLNK:
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: path)
            nodes.append(Node(.link(to: target), mode: mode))
        default:
            let bytes = try Data(contentsOf: URL(filePath: path))
            nodes.append(Node(.file(LosingFile(durable: bytes)), mode: mode))
        }
        return number
    }

    // MARK: Calls

    /// Does what a program did. Calls on what is not on this disk do nothing.
    mutating func perform(_ operation: DiskOperation) {
        switch operation {
        case .createFile(let folder, let name, let inode, let mode):
            make(Node(.file(LosingFile()), mode: mode), inode, in: folder, name)
        case .makeFolder(let folder, let name, let inode, let mode):
            make(Node(.folder(LosingFolder()), mode: mode), inode, in: folder, name)
        case .makeLink(let folder, let name, let inode, let target):
            make(Node(.link(to: target), mode: 0o777), inode, in: folder, name)
        case .addName(let folder, let name, let inode):
            if let number = numbers[inode] { changeFolder(folder) { $0.make(.add(name, number)) } }
        case .rename(let folder, let name, let target): changeFolder(folder) { $0.make(.rename(name, to: target)) }
        case .remove(let folder, let name): changeFolder(folder) { $0.make(.remove(name)) }
        case .write(let inode, let place, let bytes): changeFile(inode) { $0.make(.write(at: place, bytes)) }
        case .truncate(let inode, let size): changeFile(inode) { $0.make(.truncate(to: size)) }
        case .grow(let inode, let size): changeFile(inode) { $0.make(.grow(to: size)) }
        case .setMode(let inode, let mode):
            if let number = numbers[inode] { nodes[number].mode = mode }
        case .sync(let inode, let withMode):
            changeFolder(inode) { $0.sync() }
            changeFile(inode) { $0.sync() }
            if withMode, let number = numbers[inode] { nodes[number].durableMode = nodes[number].mode }
        }
    }

    func isFolder(_ inode: UInt64) -> Bool {
        if let number = numbers[inode], case .folder = nodes[number].content { true } else { false }
    }

    private mutating func make(_ node: Node, _ inode: UInt64, in folder: UInt64, _ name: String) {
        guard numbers[folder] != nil else { return }
        let number = nodes.count
        nodes.append(node)
        numbers[inode] = number
        changeFolder(folder) { $0.make(.add(name, number)) }
    }

    private mutating func changeFolder(_ inode: UInt64, _ change: (inout LosingFolder) -> Void) {
        guard let number = numbers[inode], case .folder(var folder) = nodes[number].content else { return }
        change(&folder)
        nodes[number].content = .folder(folder)
    }

    private mutating func changeFile(_ inode: UInt64, _ change: (inout LosingFile) -> Void) {
        guard let number = numbers[inode], case .file(var file) = nodes[number].content else { return }
        // So that the content is not copied for each write.
        nodes[number].content = .link(to: "")
        change(&file)
        nodes[number].content = .file(file)
    }

    // MARK: What is left

    /// All that is there, as the program sees it.
    var tree: DiskTree { tree(of: 0) { _ in .none } }

    /// What is left after a power loss.
    func tree(afterLoss seed: UInt64) -> DiskTree { tree(of: 0) { PowerLoss(seed: seed, of: $0) } }

    private func tree(of number: Int, _ loss: (Int) -> PowerLoss) -> DiskTree {
        let node = nodes[number]
        var lost = loss(number)
        let mode = lost.changes(of: 1) == 0 ? node.durableMode : node.mode
        switch node.content {
        case .file(let file): return .file(file.content(after: &lost), mode)
        case .folder(let folder): return .folder(folder.names(after: &lost).mapValues { tree(of: $0, loss) }, mode)
        case .link(let target): return .link(to: target)
        }
    }
}
