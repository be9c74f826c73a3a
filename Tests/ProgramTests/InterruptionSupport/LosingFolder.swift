/// The names in a folder: those that are on the disk for certain, and what was done to them since the folder was last
/// synced.
struct LosingFolder: Sendable {
    enum Change: Sendable {
        /// The name leads to this file or folder from now on.
        case add(String, Int)
        case remove(String)
        /// In one step, in the place of what may have had the new name.
        case rename(String, to: String)
    }

    private var durable: [String: Int] = [:]
    private var changes: [Change] = []

    init(durable: [String: Int] = [:]) { self.durable = durable }

    mutating func make(_ change: Change) { changes.append(change) }

    mutating func sync() {
        var none = PowerLoss.none
        durable = names(after: &none)
        changes = []
    }

    /// What there is after a power loss: changes are kept in their order up to one of them.
    func names(after loss: inout PowerLoss) -> [String: Int] {
        var names = durable
        for change in changes.prefix(loss.changes(of: changes.count)) {
            switch change {
            case .add(let name, let node): names[name] = node
            case .remove(let name): names[name] = nil
            case .rename(let name, let target):
                names[target] = names[name]
                names[name] = nil
            }
        }
        return names
    }
}
