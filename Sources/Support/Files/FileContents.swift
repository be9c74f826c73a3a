import Glibc

/// Reading a file whole.
package enum FileContents {
    /// The beginning of the regular file at `path`, links followed.
    package static func read(_ path: String, atMost count: Int) throws(FileFailure) -> [UInt8] {
        try OpenFile.toRead(path).read(atMost: count)
    }

    /// A regular file whole; nil where there is none at `path`, or something else that is no file. A link is not followed.
    package static func readRegularFile(_ path: String) throws(FileFailure) -> [UInt8]? {
        try OpenFolder(FileSystem.parent(of: path)).regularFile(FileSystem.name(of: path))?.bytes
    }

    /// Everything that can still be read from an open descriptor, which stays open.
    static func read(_ descriptor: Int32, _ path: String) throws(FileFailure) -> [UInt8] {
        try read(descriptor, path, limit: .max) ?? []
    }

    /// The same; nil where there are more bytes than `limit`.
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
            // What room is left comes first: to grow would take the memory of a large feed twice, for the one byte that
            // tells that nothing follows.
            room -= count
            if room == 0 { room = max(4_096, min(bytes.count, 16_777_216)) }
        }
    }

    /// Fills the bytes from `filled` on with what comes next, as much as one read gives.
    ///
    /// - Returns: how many bytes that was; 0 at the end of the file.
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
