import Feed
import Glibc
import Support

/// Reads a file line by line and holds no more of it in memory than it has to.
final class ReportLines {
    /// Longer than any line of a report. A file with a longer line is not a report.
    private static let longest = 64 * 1024 * 1024
    private static let portion = 256 * 1024

    let path: String
    /// The number of the line that was read last, from 1.
    private(set) var number = 0
    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: portion)
    /// The part of the buffer that is read from the file and not yet returned.
    private var unread = 0..<0

    init(_ path: String) throws(FileFailure) {
        // Without O_NONBLOCK a FIFO would make the merge wait for a writer forever.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileFailure(.open, path) }
        self.path = path
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw FileFailure(.examine, path) }
        // The file is read twice, which a pipe does not allow.
        guard facts.isFile else { throw FileFailure(.open, path, code: EISDIR) }
    }

    deinit { close(descriptor) }

    /// Goes back to the first line.
    func rewind() throws(FileFailure) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw FileFailure(.read, path) }
        (number, unread) = (0, 0..<0)
    }

    /// The next line without its line feed; nil at the end. The last line need not end with a line feed.
    func next() throws(FileFailure) -> [UInt8]? {
        var scanned = 0
        while true {
            if let end = lineFeed(from: unread.lowerBound + scanned) {
                let line = Array(buffer[unread.lowerBound..<end])
                unread = end + 1..<unread.upperBound
                number += 1
                return line
            }
            scanned = unread.count
            guard try fill() else {
                guard !unread.isEmpty else { return nil }
                let line = Array(buffer[unread])
                unread = 0..<0
                number += 1
                return line
            }
        }
    }

    private func lineFeed(from start: Int) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard start < unread.upperBound, let base = bytes.baseAddress,
                let found = memchr(base + start, 0x0A, unread.upperBound - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Reads more of the file into the buffer.
    ///
    /// - Returns: False at the end of the file.
    private func fill() throws(FileFailure) -> Bool {
        if unread.lowerBound > 0 {
            buffer.replaceSubrange(0..<unread.count, with: Array(buffer[unread]))
            unread = 0..<unread.count
        }
        guard unread.count < Self.longest else { throw FileFailure(.read, path, code: EFBIG) }
        if unread.count == buffer.count { buffer.append(contentsOf: repeatElement(0, count: buffer.count)) }
        let filled = unread.count
        let count = try FileContents.readSome(of: descriptor, path, into: &buffer, from: filled)
        unread = 0..<filled + count
        return count > 0
    }
}
