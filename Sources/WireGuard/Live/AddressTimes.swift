/// The time at which each interface got its oldest address.
///
/// The kernel records no time for the interface itself. `wg-quick up` adds the addresses, so the oldest of them gives
/// the age of the interface, unless somebody has changed addresses by hand. The interface is never younger than its
/// addresses.
struct AddressTimes: Sendable {
    /// In hundredths of a second since boot, by interface index.
    private(set) var oldest: [Int: Int64] = [:]

    /// - Throws: ``ProgramFailure`` where `ip` fails.
    init(_ ip: Program) throws(ProgramFailure) {
        // `ip address show` omits the times; this prints the kernel's messages unchanged.
        self.init(messages: try ip.run(["address", "save"]).bytes)
    }

    /// - Parameter messages: the magic number of `ip address save`, then netlink(7) messages in the byte order of
    ///   this machine. Reading stops at the first invalid message.
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
    /// The length of `struct nlmsghdr`.
    private static let headerLength = 16
    /// RTM_NEWADDR, and IFA_CACHEINFO with `struct ifa_cacheinfo`, from <linux/rtnetlink.h> and <linux/if_addr.h>.
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
    /// Decodes the number at this index, in the byte order of this machine. Its bytes must be in range.
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
