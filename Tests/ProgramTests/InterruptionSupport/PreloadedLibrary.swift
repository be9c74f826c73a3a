import Foundation

/// A C library that a child process loads before all others, so that it stands between a program and its system calls.
enum PreloadedLibrary {
    private static let folder =
        NSTemporaryDirectory() + "/wg-reconcile-preloaded-\(ProcessInfo.processInfo.processIdentifier)"

    /// Builds a library that is gone with this process; nil where there is no C compiler.
    static func build(_ name: String, _ source: String) -> String? {
        let compilers = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
        guard let compiler = compilers.first(where: FileManager.default.isExecutableFile(atPath:)) else { return nil }
        // What cannot be deleted stays in the temporary folder, and the tests have their results either way.
        atexit { try? FileManager.default.removeItem(atPath: PreloadedLibrary.folder) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let (code, library) = ("\(folder)/\(name).c", "\(folder)/\(name).so")
            try source.write(toFile: code, atomically: false, encoding: .utf8)
            let child = try BrokenChild(
                compiler, ["-shared", "-fPIC", "-O1", "-o", library, code, "-ldl"], in: folder)
            return try child.wait() == .exited(0) ? library : nil
        } catch {
            return nil
        }
    }
}
