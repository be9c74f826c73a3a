import Journal

/// The merged results of a fleet, for what reads them as a sequence. Each pass reads the reports again.
struct FleetResults: Sequence {
    /// What ended a pass before its end. A sequence cannot throw, so whoever has made a pass has to look here.
    final class Failure {
        var error: (any Error)?
    }

    let fleet: Fleet
    let failure = Failure()

    struct Iterator: IteratorProtocol {
        fileprivate var walk: Fleet.Walk?
        fileprivate let failure: Failure

        mutating func next() -> AccountResult? {
            do {
                return try walk?.next()?.result
            } catch {
                failure.error = error
                walk = nil
                return nil
            }
        }
    }

    func makeIterator() -> Iterator {
        do {
            return Iterator(walk: try fleet.walk(), failure: failure)
        } catch {
            failure.error = error
            return Iterator(walk: nil, failure: failure)
        }
    }
}
