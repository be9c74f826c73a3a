import SamplePlane

/// What one power loss keeps of what was not synced. The same seed keeps the same of the same calls.
struct PowerLoss {
    /// What the disk happened to have done already.
    enum Kind: CaseIterable {
        case nothing, everything
        /// Contents, while names, sizes and permissions are as they were.
        case contents
        /// Names, sizes and permissions, while contents are missing.
        case metadata
        /// Something else for each file and folder.
        case mixed
    }

    /// All that was done is kept.
    static let none = PowerLoss()

    private let kind: Kind
    private var random: SplitMix64
    /// How many sectors of eight are kept of a file's writes.
    private let sectors: Int

    private init() { (kind, random, sectors) = (.everything, SplitMix64(seed: 0), 8) }

    /// - Parameter node: which file or folder of the disk this is about.
    init(seed: UInt64, of node: Int) {
        var common = SplitMix64(seed: seed)
        // Mixed ones are the most, since they alone come out differently each time.
        kind = Kind.allCases[min(common.number(in: 0...7), Kind.allCases.count - 1)]
        random = SplitMix64(seed: common.next() &+ UInt64(node))
        sectors = [0, 1, 4, 7, 8][random.number(in: 0...4)]
    }

    /// How many of this many changes of names or sizes are kept. A journaling file system keeps their order.
    mutating func changes(of count: Int) -> Int {
        switch kind {
        case .nothing, .contents: 0
        case .everything, .metadata: count
        case .mixed: random.oneIn(3) ? 0 : random.oneIn(2) ? count : random.number(in: 0...count)
        }
    }

    /// Whether the next sector of a write is kept, whatever becomes of those before it.
    mutating func keepsSector() -> Bool {
        switch kind {
        case .nothing, .metadata: false
        case .everything, .contents: true
        case .mixed: random.number(in: 1...8) <= sectors
        }
    }
}
