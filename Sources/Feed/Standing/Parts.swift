import Dispatch
import Foundation
import Synchronization

/// Does the same for stretches of a long list, on all cores, and returns what came of each, in order.
///
/// - Parameters:
///   - count: how many there are. Of few there is one stretch alone.
///   - body: is called from several threads.
func inParts<Part: Sendable>(of count: Int, _ body: @Sendable (Range<Int>) -> Part) -> [Part] {
    let parts = max(1, min(ProcessInfo.processInfo.activeProcessorCount, count / 10_000))
    guard parts > 1 else { return [body(0..<count)] }
    let done = Mutex<[Part?]>(Array(repeating: nil, count: parts))
    DispatchQueue.concurrentPerform(iterations: parts) { part in
        let result = body(count * part / parts..<count * (part + 1) / parts)
        done.withLock { $0[part] = result }
    }
    return done.withLock { $0.compactMap { $0 } }
}
