/// Random numbers that are the same on every run, so that a failure can be looked into.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // A linear congruence is plain enough to see through; its upper half is the random part.
        func step() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 32
        }
        return step() << 32 | step()
    }
}

extension Array {
    /// The array after one to four small accidents: an element lost, doubled, replaced by one of `pieces`, a stretch
    /// lost or copied elsewhere, the end cut off.
    func mutated(with pieces: [Element], using random: inout SeededGenerator) -> [Element] {
        var mutated = self
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let place = mutated.indices.randomElement(using: &random),
                let piece = pieces.randomElement(using: &random)
            else { break }
            let stretch = place..<Int.random(in: place...Swift.min(place + 12, mutated.count), using: &random)
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<3: mutated[place] = piece
            case 3..<6: mutated.insert(piece, at: place)
            case 6..<8: mutated.remove(at: place)
            case 8: mutated.removeSubrange(stretch)
            case 9: mutated.insert(contentsOf: Array(mutated[stretch]), at: place)
            case 10:
                let copy = Array(mutated[stretch])
                mutated.insert(contentsOf: copy, at: Int.random(in: 0...mutated.count, using: &random))
            default: mutated.removeSubrange(place...)
            }
        }
        return mutated
    }
}
