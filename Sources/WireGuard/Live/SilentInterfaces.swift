/// The interfaces that did not answer in this call of the program. They are remembered so that each does not cost the
/// time limit at every look. An interface that is not asked again counts as silent.
package struct SilentInterfaces: Hashable, Sendable {
    /// How often each has timed out.
    private var times: [String: Int] = [:]

    package init() {}

    /// Once to learn that it does not answer, and once more for the proof, which decides the account's result.
    private static let mostTimes = 2

    func contains(_ name: String) -> Bool { times[name] != nil }

    /// Whether it may be asked once more where its answer matters.
    func mayBeAsked(_ name: String) -> Bool { times[name, default: 0] < Self.mostTimes }

    mutating func note(_ name: String) { times[name, default: 0] += 1 }

    mutating func forget(_ name: String) { times[name] = nil }

    /// Forgets interfaces that no longer exist: others may come up under their names.
    mutating func keep(_ names: Set<String>) { times = times.filter { names.contains($0.key) } }
}
