import Foundation

/// A file's content: what is on the disk for certain, and what was done to it since it was last synced.
struct LosingFile: Sendable {
    enum Change: Sendable {
        case write(at: Int, Data)
        case truncate(to: Int)
        case grow(to: Int)
    }

    /// A disk writes these whole or not at all; SQLite relies on no more.
    private static let sector = 512

    private var durable: Data
    private var changes: [Change] = []

    init(durable: Data = Data()) { self.durable = durable }

    mutating func make(_ change: Change) { changes.append(change) }

    mutating func sync() {
        var none = PowerLoss.none
        durable = content(after: &none)
        changes = []
    }

    /// What there is after a power loss. Writes are kept or lost sector by sector, in no order; changes of the size are
    /// kept in their order up to one of them. Where the size is kept and the data is not, there are zeros.
    func content(after loss: inout PowerLoss) -> Data {
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
                bytes.count = min(end, bytes.count)
                size = end
            case .grow(let end) where index < count: size = max(size, end)
            case .truncate, .grow: break
            }
        }
        bytes.count = size
        return bytes
    }
}

extension Data {
    fileprivate mutating func put(_ new: Data, from first: Int, count length: Int, at place: Int) {
        count = Swift.max(count, place + length)
        replaceSubrange(place..<place + length, with: new[first..<first + length])
    }
}
