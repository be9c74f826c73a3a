/// The interfaces that did not answer within one call of the program, so that none of them costs the time limit at every
/// look. One that is not asked again counts as one that does not answer.
package struct SilentInterfaces: Hashable, Sendable {
    /// How often each has let its time pass.
    private var times: [String: Int] = [:]

    package init() {}

    /// Once to know that it does not answer, and once more for the proof, which its account's result depends on.
    private static let mostTimes = 2

    func contains(_ name: String) -> Bool { times[name] != nil }

    /// Whether it is asked once more where it matters.
    func mayBeAsked(_ name: String) -> Bool { times[name, default: 0] < Self.mostTimes }

    mutating func note(_ name: String) { times[name, default: 0] += 1 }

    mutating func forget(_ name: String) { times[name] = nil }

    /// Forgets interfaces that are not there any more: others may come up under their names.
    mutating func keep(_ names: Set<String>) { times = times.filter { names.contains($0.key) } }
}
