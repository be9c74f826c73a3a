import Support
import WireGuard

/// A file of the report while it is being written, in portions large enough for the disk and small enough for memory.
struct ReportFile: ~Copyable {
    private static let portion = 256 * 1024
    /// Files contain emails. Their group is the one that may read reports.
    private static let mode: UInt32 = 0o640

    private let file: OpenFile
    private var size = 0

    /// - Parameter name: A file, which need not exist. Its previous content is overwritten.
    init(_ name: String, in folder: OpenFolder) throws(FileFailure) {
        let file = try OpenFile.toWrite(name, in: folder)
        try file.setMode(Self.mode)
        self.file = file
    }

    /// Takes the content of `bytes` once it fills a portion.
    mutating func takeIfMany(_ bytes: inout [UInt8]) throws(FileFailure) {
        if bytes.count >= Self.portion {
            try takeAll(&bytes)
        }
    }

    /// Takes the content of `bytes`.
    mutating func takeAll(_ bytes: inout [UInt8]) throws(FileFailure) {
        try file.write(bytes)
        size += bytes.count
        bytes.removeAll(keepingCapacity: true)
    }

    /// Finds out whether the disk has room for this many bytes, and reserves them for the file.
    consuming func probe(room: Int) throws(FileFailure) {
        try file.reserve(room)
        // Not every file system can reserve room, so the probe also writes something.
        var bytes = Array("this report is being written\n".utf8)
        try takeAll(&bytes)
        try file.sync()
        try file.close()
    }

    /// Cuts off reserved room that was not needed. Returns once everything is on the disk.
    consuming func finish() throws(FileFailure) {
        try file.truncate(to: size)
        try file.sync()
        try file.close()
    }
}
