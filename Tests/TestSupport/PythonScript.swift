import Foundation

/// A script under `Tests`, run by a Python that is installed here.
package struct PythonScript {
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    package let path: String

    /// - Parameter name: The path below `Tests`.
    package init(_ name: String) { path = Fixtures.path("../Tests/" + name) }

    /// The first Python that can do this, or nil.
    package static func interpreter(able statement: String) -> String? {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        return (["/usr/bin/python3"] + places).first { path in
            FileManager.default.isExecutableFile(atPath: path) && (try? run(path, ["-c", statement])) != nil
        }
    }

    /// What the script prints. What it says besides goes where the tests' own output goes.
    package func output(_ arguments: [String], by interpreter: String, input: Data = Data()) throws -> Data {
        try Self.run(interpreter, [path] + arguments, input: input, quiet: false)
    }

    @discardableResult
    private static func run(
        _ program: String, _ arguments: [String], input: Data = Data(), quiet: Bool = true
    ) throws -> Data {
        let file = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString)")
        try input.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }  // a leftover in the temporary folder harms nobody
        let process = Process()
        process.executableURL = URL(filePath: program)
        // No folder of compiled scripts beside the sources.
        process.arguments = ["-B"] + arguments
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        if quiet { process.standardError = FileHandle.nullDevice }
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program) \(arguments) ended with \(process.terminationStatus)")
        }
        return data
    }
}
