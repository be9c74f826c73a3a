import Support
import WireGuard

/// A file of the report while it is written, in portions that are large enough for the disk and small against memory.
struct ReportFile: ~Copyable {
    private static let portion = 256 * 1024
    /// Files hold emails; the group is whoever may read reports.
    private static let mode: UInt32 = 0o640

    private let file: OpenFile
    private var size = 0

    /// - Parameter name: Of a file that need not exist. What it holds is written over.
    init(_ name: String, in folder: OpenFolder) throws(FileFailure) {
        let file = try OpenFile.toWrite(name, in: folder)
        try file.setMode(Self.mode)
        self.file = file
    }

    /// Takes what `bytes` holds, once that is enough for a portion.
    mutating func takeIfMany(_ bytes: inout [UInt8]) throws(FileFailure) {
        if bytes.count >= Self.portion {
            try takeAll(&bytes)
        }
    }

    /// Takes what `bytes` holds.
    mutating func takeAll(_ bytes: inout [UInt8]) throws(FileFailure) {
        try file.write(bytes)
        size += bytes.count
        bytes.removeAll(keepingCapacity: true)
    }

    /// Finds out whether the disk takes this many bytes, and sets them aside for the file.
    consuming func probe(room: Int) throws(FileFailure) {
        try file.reserve(room)
        // Not every file system can set room aside, so something is really written too.
        var bytes = Array("this report is being written\n".utf8)
        try takeAll(&bytes)
        try file.sync()
        try file.close()
    }

    /// Cuts off what was reserved and not needed, and returns once all is on the disk.
    consuming func finish() throws(FileFailure) {
        try file.truncate(to: size)
        try file.sync()
        try file.close()
    }
}
