/// A file's content: what is on the disk for certain, and what was done to it since it was last synced.
struct LosingFile: Sendable {
    enum Change: Sendable {
        case write(at: Int, [UInt8])
        case truncate(to: Int)
        case grow(to: Int)
    }

    /// A disk writes these whole or not at all; SQLite relies on no more.
    private static let sector = 512

    private var durable: [UInt8]
    private var changes: [Change] = []

    init(durable: [UInt8] = []) { self.durable = durable }

    mutating func make(_ change: Change) { changes.append(change) }

    mutating func sync() {
        var none = PowerLoss.none
        durable = content(after: &none)
        changes = []
    }

    /// What there is after a power loss. Writes are kept or lost sector by sector, in no order; changes of the size are
    /// kept in their order up to one of them. Where the size is kept and the data is not, there are zeros.
    func content(after loss: inout PowerLoss) -> [UInt8] {
        let count = loss.changes(of: changes.count)
        var bytes = durable
        var size = durable.count
        for (index, change) in changes.enumerated() {
            switch change {
            case .write(let place, let new):
                var start = place
                while start < place + new.count {
                    let end = min(place + new.count, (start / Self.sector + 1) * Self.sector)
                    if loss.keepsSector() { bytes.put(new, from: start - place, count: end - start, at: start) }
                    start = end
                }
                if index < count { size = max(size, place + new.count) }
            case .truncate(let end) where index < count:
                bytes.resize(to: min(end, bytes.count))
                size = end
            case .grow(let end) where index < count: size = max(size, end)
            case .truncate, .grow: break
            }
        }
        bytes.resize(to: size)
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ new: [UInt8], from first: Int, count: Int, at place: Int) {
        if self.count < place + count { resize(to: place + count) }
        replaceSubrange(place..<place + count, with: new[first..<first + count])
    }

    fileprivate mutating func resize(to size: Int) {
        if count > size {
            removeLast(count - size)
        } else {
            append(contentsOf: repeatElement(0, count: size - count))
        }
    }
}
