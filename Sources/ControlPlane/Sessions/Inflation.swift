import CZlib

/// Decompression of zlib data. One stream serves for all calls, since setting one up costs more than a session's data.
final class Inflation {
    /// More than any session that an application would write; what is larger is no session but a bomb.
    static let limit = 4 << 20

    /// zlib notes the stream's address and takes no other for it later, so that it has to stay in one place.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isReady = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Decompresses into the beginning of `output`, which is made larger where that is needed and never smaller.
    ///
    /// - Returns: how many bytes; nil where the data is damaged, goes on after its end, or becomes larger than ``limit``.
    func inflate(_ compressed: Span<UInt8>, into output: inout [UInt8]) -> Int? {
        guard isReady, inflateReset(stream) == Z_OK else { return nil }
        if output.isEmpty { output = [UInt8](repeating: 0, count: 16_384) }
        var consumed = 0
        var length = 0
        while true {
            let status = compressed.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target -> Int32 in
                    // zlib reads it and nothing else; its header merely does not say so. Told that all of the input is
                    // there, it keeps no window of what it has put out.
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress.map { $0 + consumed })
                    stream.pointee.avail_in = uInt(source.count - consumed)
                    stream.pointee.next_out = target.baseAddress.map { $0 + length }
                    stream.pointee.avail_out = uInt(target.count - length)
                    return CZlib.inflate(stream, Z_FINISH)
                }
            }
            consumed = compressed.count - Int(stream.pointee.avail_in)
            length = output.count - Int(stream.pointee.avail_out)
            switch status {
            case Z_STREAM_END: return consumed == compressed.count ? length : nil
            case Z_BUF_ERROR where stream.pointee.avail_out == 0 && output.count <= Self.limit:
                output.append(contentsOf: repeatElement(0, count: output.count))
            default: return nil
            }
        }
    }
}
