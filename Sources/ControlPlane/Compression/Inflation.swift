import CZlib

/// Decompresses zlib data. One stream serves all calls, because setting one up costs more than decompressing a session.
package final class Inflation {
    /// Larger than any session that the application writes. Anything larger counts as a decompression bomb.
    static let sessionLimit = 4 << 20

    /// Nothing is decompressed to more bytes than this.
    private let limit: Int

    /// zlib stores the stream's address and accepts no other later, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    package init(limit: Int = Inflation.sessionLimit) {
        self.limit = limit
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isReady = inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Decompresses into the start of `output`, which grows if necessary and never shrinks.
    ///
    /// - Returns: the number of bytes; nil if the data is damaged, continues after its end, or decompresses to more
    ///   than the limit.
    package func inflate(_ compressed: Span<UInt8>, into output: inout [UInt8]) -> Int? {
        guard isReady, inflateReset(stream) == Z_OK else { return nil }
        if output.isEmpty { output = [UInt8](repeating: 0, count: 16_384) }
        var consumed = 0
        var length = 0
        while true {
            let status = compressed.withUnsafeBufferPointer { source in
                output.withUnsafeMutableBufferPointer { target -> Int32 in
                    // zlib only reads the input, although its header does not declare it const. Z_FINISH means that all
                    // input is there, so zlib keeps no window of its output.
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
            case Z_BUF_ERROR where stream.pointee.avail_out == 0 && output.count <= limit:
                output.append(contentsOf: repeatElement(0, count: output.count))
            default: return nil
            }
        }
    }
}
