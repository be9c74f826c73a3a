import Foundation

/// Runs a test in a folder of its own, which is gone afterwards.
func withSampleScratch(_ body: (_ folder: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "wg-reconcile-sample-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}
