import SamplePlane

extension SampleKeyPair {
    /// Always the same pair for a number.
    package static func numbered(_ number: UInt64) -> SampleKeyPair {
        var random = SplitMix64(seed: number)
        return SampleKeyPair(using: &random)
    }
}
