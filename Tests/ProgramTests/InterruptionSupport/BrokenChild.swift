import Foundation
import Glibc

/// A child process that a test stops, kills and resumes. Its output goes to two files, so that nobody has to read
/// along.
final class BrokenChild {
    enum State: Equatable {
        case running
        /// By SIGSTOP: it stands at its pause point.
        case stopped
        case exited(Int32)
        case killed(signal: Int32)
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    let outputPath: String
    let errorPath: String
    private let pid: pid_t
    private(set) var state = State.running

    /// - Parameters:
    ///   - folder: gets the files of the child's output.
    ///   - environment: comes on top of this process's own.
    init(_ executable: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]) throws {
        let stem = folder + "/" + UUID().uuidString
        (outputPath, errorPath) = (stem + ".out", stem + ".err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WG_RECONCILE_") }
            .merging(environment) { $1 }
        var argv = ([executable] + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw Failure(description: "\(executable): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    deinit {
        if !isOver { kill() }
    }

    var isOver: Bool {
        switch state {
        case .running, .stopped: false
        case .exited, .killed: true
        }
    }

    var output: String { (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: errorPath, encoding: .utf8)) ?? "" }

    /// Waits until the child stops itself or ends.
    ///
    /// - Throws: a ``Failure`` where it does neither in time; it is killed then.
    @discardableResult
    func wait(seconds: Double = 60) throws -> State {
        let limit = Date().addingTimeInterval(seconds)
        while true {
            if try poll() { return state }
            guard Date() < limit else {
                kill()
                throw Failure(description: "the child hangs; it said: \(errors.suffix(2_000))")
            }
            usleep(500)
        }
    }

    /// Waits until it has written so many lines more.
    func waitUntilItHasWritten(lines count: Int) throws {
        func written() -> Int { output.count { $0 == "\n" } }
        let wanted = written() + count
        let limit = Date().addingTimeInterval(60)
        while written() < wanted {
            guard Date() < limit else { throw Failure(description: "no more lines; it said: \(errors.suffix(2_000))") }
            usleep(20_000)
        }
    }

    /// - Returns: whether it has stopped or ended since.
    private func poll() throws -> Bool {
        guard !isOver else { return true }
        var status: Int32 = 0
        let found = waitpid(pid, &status, WNOHANG | WUNTRACED)
        guard found != -1 else { throw Failure(description: "waitpid: \(String(cString: strerror(errno)))") }
        guard found == pid else { return false }
        if status & 0xFF == 0x7F {
            state = .stopped
        } else if status & 0x7F == 0 {
            state = .exited((status >> 8) & 0xFF)
        } else {
            state = .killed(signal: status & 0x7F)
        }
        return true
    }

    /// Ends the child at once, and returns when it is gone with all its locks.
    func kill() {
        guard !isOver else { return }
        _ = Glibc.kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == pid {
            if status & 0xFF == 0x7F { continue }
            state = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: status & 0x7F)
            return
        }
    }

    func send(_ signal: Int32) { _ = Glibc.kill(pid, signal) }

    func resume() {
        state = .running
        send(SIGCONT)
    }
}
