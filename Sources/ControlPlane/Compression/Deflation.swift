import CZlib

/// Compresses to zlib data. One stream serves all calls, because setting one up costs more than compressing the rows of an
/// account.
package final class Deflation {
    /// zlib stores the stream's address and accepts no other later, so the stream must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let isReady: Bool

    /// zlib could not get memory.
    package struct Failed: Error, CustomStringConvertible {
        package var description: String { "zlib could not compress what is to be kept" }
    }

    package init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // The fastest level, and a window of 16 KiB: there are few repetitions, and they are near.
        isReady =
            deflateInit2_(
                stream, Z_BEST_SPEED, Z_DEFLATED, 14, 6, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit {
        if isReady { deflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// - Throws: ``Failed``.
    package func deflate(_ bytes: [UInt8]) throws(Failed) -> [UInt8] {
        guard isReady, deflateReset(stream) == Z_OK else { throw Failed() }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(stream, uLong(bytes.count))))
        let status = bytes.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target -> Int32 in
                // zlib only reads the input, although its header does not declare it const.
                stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.pointee.avail_in = uInt(source.count)
                stream.pointee.next_out = target.baseAddress
                stream.pointee.avail_out = uInt(target.count)
                return CZlib.deflate(stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw Failed() }
        output.removeLast(Int(stream.pointee.avail_out))
        return output
    }
}
