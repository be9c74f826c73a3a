import Feed
import Glibc

/// Both ends of a pipe. A child inherits them only if they are passed to it. Each is closed when its last reference
/// goes away.
struct ProgramPipe {
    let reading: PipeEnd
    let writing: PipeEnd

    /// - Throws: if no descriptors are left.
    init() throws(ChildProcess.ErrorNumber) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw ChildProcess.ErrorNumber(code: errno) }
        (reading, writing) = (PipeEnd(ends[0]), PipeEnd(ends[1]))
    }
}

/// One end of a pipe, closed when this object is freed, or earlier.
final class PipeEnd {
    private(set) var descriptor: Int32

    /// - Parameter descriptor: moved above the standard streams, which may be closed in this process and which a
    ///   child needs.
    init(_ descriptor: Int32) {
        // Swift's Glibc does not have pipe2(2), which could set O_CLOEXEC directly.
        self.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        _ = close(descriptor)
    }

    deinit { end() }

    func end() {
        if descriptor >= 0 { _ = close(descriptor) }
        descriptor = -1
    }

    fileprivate func makeNonBlocking() {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }
}

/// The bytes that are still to be written into a pipe, whose reader may never read them.
struct PipeFeed {
    private var pipe: PipeEnd?
    private var rest: ArraySlice<UInt8>

    init(_ pipe: PipeEnd, _ bytes: [UInt8]) {
        pipe.makeNonBlocking()
        rest = bytes[...]
        self.pipe = pipe
        endWhenDone()
    }

    /// nil once everything is written.
    var descriptor: Int32? { pipe?.descriptor }

    /// Writes as much as the pipe accepts.
    mutating func write() {
        guard let descriptor else { return }
        let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 { rest = rest.dropFirst(written) }
        endWhenDone()
    }

    private mutating func endWhenDone() {
        guard rest.isEmpty else { return }
        pipe?.end()
        pipe = nil
    }
}

/// The output of a pipe so far, up to a limit.
struct PipeTake {
    private let pipe: PipeEnd
    private let limit: Int
    private(set) var bytes: [UInt8] = []
    private var hasEnded = false
    /// Whether output beyond the limit was dropped.
    private(set) var isCutOff = false

    init(_ pipe: PipeEnd, limit: Int) {
        self.pipe = pipe
        self.limit = limit
        pipe.makeNonBlocking()
    }

    /// nil once the other end is closed.
    var descriptor: Int32? { hasEnded ? nil : pipe.descriptor }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads what is available, but not forever: a program that never stops writing must still hit its time limit.
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
