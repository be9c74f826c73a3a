import Foundation
import Glibc

/// What is left to write into a pipe that nobody may read.
struct PipeFeed {
    private var pipe: FileHandle?
    private var rest: ArraySlice<UInt8>

    init(_ pipe: FileHandle, _ bytes: [UInt8]) {
        self.pipe = pipe
        rest = bytes[...]
        pipe.makeNonBlocking()
        closeWhenDone()
    }

    /// nil once all is written.
    var descriptor: Int32? { pipe?.fileDescriptor }

    /// Writes as much as fits.
    mutating func write() {
        guard let descriptor else { return }
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 { rest = rest.dropFirst(written) }
        closeWhenDone()
    }

    private mutating func closeWhenDone() {
        guard rest.isEmpty else { return }
        // Nothing of what was written can be lost any more: it is in the pipe.
        try? pipe?.close()
        pipe = nil
    }
}

/// What came out of a pipe so far, up to a limit.
struct PipeTake {
    private let pipe: FileHandle
    private let limit: Int
    private var bytes: [UInt8] = []
    private var hasEnded = false
    /// Whether something was thrown away.
    private(set) var isCutOff = false

    init(_ pipe: FileHandle, limit: Int) {
        self.pipe = pipe
        self.limit = limit
        pipe.makeNonBlocking()
    }

    /// nil once the other end is closed.
    var descriptor: Int32? { hasEnded ? nil : pipe.fileDescriptor }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads what is there, but not for ever: a program that never stops writing has to meet its time limit.
    mutating func read() {
        var portion = [UInt8](repeating: 0, count: 64 << 10)
        for _ in 0..<64 {
            guard let descriptor else { return }
            let count = portion.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { hasEnded = true }
            guard count > 0 else { return }
            let taken = min(count, limit - bytes.count)
            bytes += portion[..<taken]
            if taken < count { isCutOff = true }
        }
    }
}

extension FileHandle {
    fileprivate func makeNonBlocking() {
        _ = fcntl(fileDescriptor, F_SETFL, fcntl(fileDescriptor, F_GETFL) | O_NONBLOCK)
    }
}
