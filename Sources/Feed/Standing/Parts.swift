import Dispatch
import Foundation
import Synchronization

/// Divides a long list into ranges, processes them on all cores, and returns the results in order.
///
/// - Parameters:
///   - count: The length of the list. A short list is not divided.
///   - body: Processes one range. It is called from several threads.
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
