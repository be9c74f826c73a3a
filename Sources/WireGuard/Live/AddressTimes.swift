/// When the oldest address of each interface was given to it.
///
/// The kernel keeps no time for an interface itself. `wg-quick up` gives the addresses, so an interface is at least as old
/// as the oldest of them, and as old as that unless somebody has changed addresses by hand.
struct AddressTimes: Sendable {
    /// In hundredths of a second since the start of the machine, by the interface's index.
    private(set) var oldest: [Int: Int64] = [:]

    /// - Throws: ``ProgramFailure`` where `ip` cannot tell.
    init(_ ip: Program) throws(ProgramFailure) {
        // `ip address show` leaves the times out; this writes what the kernel says, as it is.
        self.init(messages: try ip.run(["address", "save"]).bytes)
    }

    /// - Parameter messages: the magic number of `ip address save`, then netlink(7) messages in the byte order of this
    ///   machine. What makes no sense ends the reading.
    init(messages: [UInt8]) {
        guard messages.count >= 4, messages.value(at: 0, UInt32.self) == Self.magic else { return }
        var start = 4
        while start + Self.headerLength <= messages.count {
            let length = Int(messages.value(at: start, UInt32.self))
            guard length >= Self.headerLength, start + length <= messages.count else { return }
            if messages.value(at: start + 4, UInt16.self) == Self.newAddress {
                take(messages[(start + Self.headerLength)..<(start + length)])
            }
            start += (length + 3) & ~3
        }
    }

    /// IPADDR_DUMP_MAGIC of iproute2.
    private static let magic: UInt32 = 0x4736_1222
    /// That of `struct nlmsghdr`.
    private static let headerLength = 16
    /// RTM_NEWADDR, and IFA_CACHEINFO with `struct ifa_cacheinfo`, of <linux/rtnetlink.h> and <linux/if_addr.h>.
    private static let newAddress: UInt16 = 20
    private static let cacheInfo: UInt16 = 6
    private static let creationOffset = 8

    /// - Parameter message: a `struct ifaddrmsg` and its attributes.
    private mutating func take(_ message: ArraySlice<UInt8>) {
        guard message.count >= 8 else { return }
        let index = Int(message.value(at: message.startIndex + 4, UInt32.self))
        var start = message.startIndex + 8
        while start + 4 <= message.endIndex {
            let length = Int(message.value(at: start, UInt16.self))
            guard length >= 4, start + length <= message.endIndex else { return }
            let type = message.value(at: start + 2, UInt16.self)
            if type == Self.cacheInfo, length >= 4 + Self.creationOffset + 4 {
                let time = Int64(message.value(at: start + 4 + Self.creationOffset, UInt32.self))
                oldest[index] = min(oldest[index] ?? time, time)
            }
            start += (length + 3) & ~3
        }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// The number whose bytes begin there. They have to be there.
    fileprivate func value<Number: FixedWidthInteger>(at start: Int, _: Number.Type) -> Number {
        let size = MemoryLayout<Number>.size
        var number: Number = 0
        for offset in 0..<size {
            #if _endian(little)
                number |= Number(self[start + offset]) << (8 * offset)
            #else
                number |= Number(self[start + offset]) << (8 * (size - 1 - offset))
            #endif
        }
        return number
    }
}
