import Foundation
import Glibc

/// A file that not even root can replace, change or delete.
enum ImmutableFile {
    /// Why none can be made here; nil where one can.
    static let obstacle: String? = {
        let path = NSTemporaryDirectory() + "wg-reconcile-immutable-" + UUID().uuidString
        guard FileManager.default.createFile(atPath: path, contents: nil) else { return "no file can be made" }
        // What cannot be deleted stays in the temporary folder.
        defer { unlink(path) }
        do {
            var isImmutable = false
            try with(path) { isImmutable = open(path, O_WRONLY) < 0 }
            return isImmutable ? nil : "the file system knows no immutable files"
        } catch {
            return "\(error)"
        }
    }()

    struct NotChanged: Error, CustomStringConvertible {
        var description: String
    }

    /// Makes a file one for as long as `body` runs, however that ends.
    static func with(_ path: String, _ body: () throws -> Void) throws {
        try change(path, "+i")
        defer {
            // What stays immutable cannot be cleared away; there is nobody else to tell.
            try? change(path, "-i")
        }
        try body()
    }

    private static func change(_ path: String, _ flag: String) throws {
        let result = try ProgramProcess("chattr", [flag, path]).end()
        guard result.status == 0 else { throw NotChanged(description: "chattr \(flag): \(result.stderr)") }
    }
}
