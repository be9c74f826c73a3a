import Foundation
import Glibc

/// A program that a test runs, apart from the code that it tests.
package struct Tool {
    package var status: Int32
    package var output: String

    /// Runs a program that is found in PATH to its end; its output is both streams.
    @discardableResult
    package init(_ command: String..., environment: [String: String]? = nil) throws {
        try self.init(command, environment: environment)
    }

    package init(_ command: [String], environment: [String: String]? = nil) throws {
        let (process, file) = try Self.start(command, environment: environment)
        status = Self.wait(process)
        output = try Self.take(file)
    }

    /// Its output goes to a file, which a daemon that it leaves behind may hold open for as long as it likes. That is also
    /// why this is no `Process`, which waits for daemons.
    package static func start(
        _ command: [String], environment: [String: String]? = nil
    ) throws -> (process: pid_t, outputPath: String) {
        let path = NSTemporaryDirectory() + "wg-reconcile-tool-" + UUID().uuidString
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var arguments = (["env"] + command).map { strdup($0) } + [nil]
        let variables = environment ?? ProcessInfo.processInfo.environment
        var variablesOfChild = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variablesOfChild { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/usr/bin/env", &actions, nil, &arguments, &variablesOfChild)
        guard code == 0 else { throw Failed(command: command.joined(separator: " "), output: "code \(code)") }
        return (process, path)
    }

    /// - Returns: the exit status; 128 and more for a signal.
    @discardableResult
    package static func wait(_ process: pid_t) -> Int32 {
        var state: Int32 = 0
        while waitpid(process, &state, 0) == -1 && errno == EINTR {}
        return state & 0x7F == 0 ? state >> 8 & 0xFF : 128 + state & 0x7F
    }

    package static func take(_ path: String) throws -> String {
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    /// As the constructor, for what has to succeed.
    @discardableResult
    package static func need(_ command: String...) throws -> String {
        let tool = try Tool(command)
        guard tool.status == 0 else { throw Failed(command: command.joined(separator: " "), output: tool.output) }
        return tool.output
    }

    package struct Failed: Error, CustomStringConvertible {
        package var command: String
        package var output: String
        package var description: String { "`\(command)` failed: \(output)" }
    }
}
