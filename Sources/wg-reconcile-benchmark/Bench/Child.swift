import Foundation
import Glibc
import Report

/// Another process that is run to its end.
enum Child {
    struct Result {
        var output: String
        var status: Int32
        /// The time from start to end.
        var milliseconds: Double
        var peakMegabytes: Double
    }

    struct Failed: Error, CustomStringConvertible {
        var command: String
        var status: Int32
        var output: String
        var description: String { "\(command) ended with status \(status): \(output.suffix(2_000))" }
    }

    /// Runs a program that is found through PATH.
    ///
    /// - Parameter keepsOutput: Whether to keep what it prints. Reading long output would make this process large, and
    ///   Linux counts the parent's memory as part of a program that it starts.
    static func run(
        _ command: [String], input: String = "/dev/null", keepsOutput: Bool = true,
        okay: (Int32) -> Bool = { $0 == 0 }
    ) throws -> Result {
        let file = NSTemporaryDirectory() + "/wg-reconcile-benchmark-\(UUID().uuidString)"
        let output = keepsOutput ? file : "/dev/null"
        defer { unlink(file) }
        let start = Machine.uptime()
        let process = try spawn(command, input: input, output: output)
        var status: Int32 = 0
        var usage = rusage()
        while wait4(process, &status, 0, &usage) < 0 && errno == EINTR {}
        let milliseconds = Machine.uptime() - start
        let text = keepsOutput ? String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self) : ""
        let exit = status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F)
        guard okay(exit) else { throw Failed(command: command.joined(separator: " "), status: exit, output: text) }
        return Result(
            output: text, status: exit, milliseconds: milliseconds,
            peakMegabytes: Double(usage.ru_maxrss) / 1_024)
    }

    static func output(of command: String...) throws -> String { try run(command).output }

    /// Runs one of this program's own subcommands and returns its measurements.
    static func measure(_ subcommand: String, _ arguments: String...) throws -> Figures {
        try measure(subcommand, arguments)
    }

    static func measure(_ subcommand: String, _ arguments: [String]) throws -> Figures {
        let result = try run([CommandLine.arguments[0], subcommand] + arguments)
        return try JSONDecoder().decode(Figures.self, from: Data(result.output.utf8))
    }

    /// Starts a program. The caller has to wait for it.
    static func spawn(_ command: [String], input: String = "/dev/null", output: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, command[0], &actions, nil, arguments, environ)
        guard code == 0 else {
            throw Failed(command: command[0], status: code, output: String(cString: strerror(code)))
        }
        return process
    }
}

/// The measurements of a child: milliseconds, megabytes and counts by name.
typealias Figures = [String: Double]

extension Figures {
    /// Prints them in the form that the parent reads.
    func send() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        print(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
