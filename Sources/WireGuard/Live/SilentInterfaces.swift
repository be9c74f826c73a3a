/// The interfaces that did not answer in this call of the program, and those that were not asked because too many did
/// not answer. They are remembered so that each does not cost the time limit at every look.
package struct SilentInterfaces: Hashable, Sendable {
    /// How often each has timed out; 0 for one that was not asked.
    private var times: [String: Int] = [:]

    package init() {}

    /// Once to learn that it does not answer, and once more for the proof, which decides the account's result.
    private static let mostTimes = 2

    func contains(_ name: String) -> Bool { times[name] != nil }

    /// Whether it may be asked once more where its answer matters.
    func mayBeAsked(_ name: String) -> Bool { times[name, default: 0] < Self.mostTimes }

    func wasAsked(_ name: String) -> Bool { times[name] != 0 }

    mutating func noteUnasked(_ name: String) { times[name] = times[name] ?? 0 }

    mutating func note(_ name: String) { times[name, default: 0] += 1 }

    mutating func forget(_ name: String) { times[name] = nil }

    /// Forgets interfaces that no longer exist: others may come up under their names.
    mutating func keep(_ names: Set<String>) { times = times.filter { names.contains($0.key) } }
}
