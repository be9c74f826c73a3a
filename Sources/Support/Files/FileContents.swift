import Glibc

/// Reads whole files.
package enum FileContents {
    /// The beginning of the regular file at `path`. Links are followed.
    package static func read(_ path: String, atMost count: Int) throws(FileFailure) -> [UInt8] {
        try OpenFile.toRead(path).read(atMost: count)
    }

    /// The whole regular file at `path`; nil if nothing is there or it is not a regular file. A link is not followed.
    package static func readRegularFile(_ path: String) throws(FileFailure) -> [UInt8]? {
        try OpenFolder(FileSystem.parent(of: path)).regularFile(FileSystem.name(of: path))?.bytes
    }

    /// Reads the rest of an open descriptor, which stays open.
    static func read(_ descriptor: Int32, _ path: String) throws(FileFailure) -> [UInt8] {
        try read(descriptor, path, limit: .max) ?? []
    }

    /// Reads the rest of an open descriptor; nil if there are more than `limit` bytes.
    static func read(_ descriptor: Int32, _ path: String, limit: Int) throws(FileFailure) -> [UInt8]? {
        var facts = stat()
        if fstat(descriptor, &facts) == 0 && facts.isFile && facts.st_size > limit { return nil }
        var room = fstat(descriptor, &facts) == 0 && facts.st_size > 0 ? Int(facts.st_size) + 1 : 65_536
        var bytes: [UInt8] = []
        while true {
            let filled = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: room))
            let count = try readSome(of: descriptor, path, into: &bytes, from: filled)
            bytes.removeLast(room - count)
            if count == 0 { return bytes }
            if bytes.count > limit { return nil }
            // Use the remaining room first. Growing now would double the memory for a large feed, only to read the end
            // of the file.
            room -= count
            if room == 0 { room = max(4_096, min(bytes.count, 16_777_216)) }
        }
    }

    /// Fills the bytes from `filled` on with the result of a single read.
    ///
    /// - Returns: The number of bytes read; 0 at the end of the file.
    package static func readSome(
        of descriptor: Int32, _ path: String, into bytes: inout [UInt8], from filled: Int
    ) throws(FileFailure) -> Int {
        let room = bytes.count - filled
        var count = 0
        repeat {
            count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + filled }, room)
            }
        } while count < 0 && errno == EINTR
        guard count >= 0 else { throw FileFailure(.read, path) }
        return count
    }
}
