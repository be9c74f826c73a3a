@testable import WireGuard

extension LearntOutput {
    /// As if the application of that generation had written what is there.
    static func of(_ generation: Generation) -> LearntOutput {
        LearntOutput(
            generation: generation, evidence: [], mtu: nil, letsClientsReachApplication: false, foreignScript: nil)
    }
}
