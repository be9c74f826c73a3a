import Foundation
import Glibc

/// The built program, which these tests run as a user or a timer does: as a process of its own.
enum Program {
    /// It lies in the build folder, beside the test bundle that this code runs in.
    static let path: String = {
        let besideTests = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let package = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
        let places = [besideTests] + ["debug", "release"].map { package.appending(path: ".build/\($0)") }
        let paths = places.map { $0.appending(path: "wg-reconcile").path() }
        guard let found = paths.first(where: { access($0, X_OK) == 0 }) else {
            fatalError("the program was not built: nothing at \(paths.joined(separator: ", "))")
        }
        return found
    }()

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - environment: beside `PATH`, `HOME` and a locale; nothing of the caller's environment gets through.
    ///   - limit: seconds after which it is killed, which fails the test.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: ProgramProcess.Input = .nothing,
        output: ProgramProcess.Output = .files, limit: Double = 60
    ) throws -> ProgramResult {
        try ProgramProcess(path, arguments, environment: environment, input: input, output: output)
            .end(within: limit)
    }
}

extension Program {
    /// Writes the configs of a control plane that a test makes.
    static func regenerate(_ database: String, _ configs: String) throws {
        let result = try run(["regenerate", "--database", database, "--wireguard-dir", configs, "--no-apply"])
        guard result.status == 0 else { throw NotRegenerated(said: result.stderr) }
    }

    struct NotRegenerated: Error { var said: String }
}

/// How a process ended and what it said.
struct ProgramResult {
    enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    var ending: Ending
    var stdout: String
    var stderr: String

    /// nil where a signal ended it.
    var status: Int32? { if case .exit(let status) = ending { status } else { nil } }

    /// The lines of standard error, without what leads up to a message: `error: cannot read …`.
    var log: [String] { stderr.split(separator: "\n").map(String.init) }
}
