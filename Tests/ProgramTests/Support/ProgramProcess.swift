import Foundation
import Glibc

/// A process under way: to be waited for, or to be stopped or killed at some point first.
final class ProgramProcess {
    enum Input {
        /// `/dev/null`.
        case nothing
        case text(String)
        /// No descriptor at all, as under some supervisors.
        case closed
        /// The terminal of the output, on which the test types with ``type(_:after:within:)``.
        case keyboard
    }

    enum Output {
        case files
        /// Both standard output and standard error on one terminal of this many columns.
        case terminal(columns: UInt16)
        /// Standard output is a pipe that nobody reads any more, as behind `head`.
        case unreadPipe
        /// No descriptors at all.
        case closed
    }

    let pid: pid_t
    private let scratch: String
    private let terminal: Terminal?
    private var ending: ProgramResult.Ending?

    /// Starts it in a process group of its own, with every signal at its default.
    init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: Input = .nothing,
        output: Output = .files
    ) throws {
        scratch = NSTemporaryDirectory() + "wg-reconcile-process-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: scratch, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }

        switch input {
        case .nothing: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        case .closed: posix_spawn_file_actions_addclose(&actions, 0)
        // Opened below, where the terminal is made.
        case .keyboard: break
        case .text(let text):
            try Data(text.utf8).write(to: URL(filePath: scratch + "/stdin"))
            chmod(scratch + "/stdin", 0o600)
            posix_spawn_file_actions_addopen(&actions, 0, scratch + "/stdin", O_RDONLY, 0)
        }

        let writing = O_WRONLY | O_CREAT | O_APPEND
        var terminal: Terminal?
        switch output {
        case .files:
            posix_spawn_file_actions_addopen(&actions, 1, scratch + "/stdout", writing, 0o600)
            posix_spawn_file_actions_addopen(&actions, 2, scratch + "/stderr", writing, 0o600)
        case .terminal(let columns):
            let made = try Terminal(columns: columns)
            posix_spawn_file_actions_addopen(&actions, 1, made.path, O_RDWR | O_NOCTTY, 0)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
            if case .keyboard = input { posix_spawn_file_actions_adddup2(&actions, 1, 0) }
            terminal = made
        case .unreadPipe:
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw POSIXError.last }
            close(ends[0])
            _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
            defer { close(ends[1]) }
            // The duplicate has to be there when the process starts, so it is spawned before `defer` closes the end.
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
            posix_spawn_file_actions_addopen(&actions, 2, scratch + "/stderr", writing, 0o600)
            pid = try Self.spawn(program, arguments, environment, &actions)
            self.terminal = nil
            return
        case .closed:
            posix_spawn_file_actions_addclose(&actions, 1)
            posix_spawn_file_actions_addclose(&actions, 2)
        }
        pid = try Self.spawn(program, arguments, environment, &actions)
        self.terminal = terminal
        terminal?.handOver()
    }

    deinit {
        if ending == nil {
            kill(-pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
        // What cannot be deleted stays in the temporary folder.
        try? FileManager.default.removeItem(atPath: scratch)
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ environment: [String: String],
        _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Tests run on threads that block signals, and perhaps below a shell that ignores some. Neither is for the child.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let usual = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C.UTF-8", "TERM": "xterm"]
        let variables = usual.merging(environment) { $1 }.map { "\($0)=\($1)" }
        return try withCStrings([program] + arguments) { argv in
            try withCStrings(variables) { envp in
                var pid: pid_t = 0
                let code = posix_spawnp(&pid, program, &actions, &attributes, argv, envp)
                guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
                return pid
            }
        }
    }

    // MARK: Under way

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Waits until the process has stopped itself, at a pause point say.
    ///
    /// - Returns: false where it ended instead.
    func waitUntilStopped(within limit: Double = 60) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: limit)
        while ending == nil {
            var status: Int32 = 0
            let found = waitpid(pid, &status, WNOHANG | WUNTRACED)
            if found == pid, status & 0xFF == 0x7F { return true }
            if found == pid { ending = Self.ending(status) }
            try pauseBriefly(until: deadline)
        }
        return false
    }

    /// Waits until the terminal shows a text, and types another.
    func type(_ text: String, after shown: String, within limit: Double = 60) throws {
        let deadline = Date(timeIntervalSinceNow: limit)
        while terminal?.text.contains(shown) != true {
            terminal?.take()
            try pauseBriefly(until: deadline)
        }
        terminal?.type(text)
    }

    /// Waits until it has written this to standard error.
    func waitUntilItLogs(_ text: String, within limit: Double = 60) throws {
        let deadline = Date(timeIntervalSinceNow: limit)
        while !said("stderr").contains(text) { try pauseBriefly(until: deadline) }
    }

    /// Waits until it has no handler of its own for a signal any more.
    func waitUntilItNoLongerCatches(_ signal: Int32, within limit: Double = 60) throws {
        let deadline = Date(timeIntervalSinceNow: limit)
        while true {
            let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let caught = status.firstMatch(of: #/SigCgt:\s*([0-9a-f]+)/#).flatMap { UInt64($0.1, radix: 16) } ?? 0
            if caught & (1 << UInt64(signal - 1)) == 0 { return }
            try pauseBriefly(until: deadline)
        }
    }

    /// Waits for the end.
    func end(within limit: Double = 60) throws -> ProgramResult {
        let deadline = Date(timeIntervalSinceNow: limit)
        while ending == nil {
            terminal?.take()
            var status: Int32 = 0
            if waitpid(pid, &status, WNOHANG) == pid {
                ending = Self.ending(status)
            } else {
                try pauseBriefly(until: deadline)
            }
        }
        terminal?.take()
        guard let ending else { throw RanTooLong(said: said("stderr")) }
        return ProgramResult(
            ending: ending, stdout: terminal?.text ?? said("stdout"), stderr: terminal?.text ?? said("stderr"))
    }

    private func pauseBriefly(until deadline: Date) throws {
        guard Date() < deadline else { throw RanTooLong(said: said("stderr")) }
        usleep(3_000)
    }

    private func said(_ name: String) -> String {
        // A file that is not there was not asked for.
        String(decoding: (try? Data(contentsOf: URL(filePath: scratch + "/" + name))) ?? Data(), as: UTF8.self)
    }

    private static func ending(_ status: Int32) -> ProgramResult.Ending {
        status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }
}

struct RanTooLong: Error { var said: String }

/// A pseudo-terminal, of which the test holds the side of the person.
private final class Terminal {
    let path: String
    private(set) var bytes: [UInt8] = []
    private let master: Int32
    private var slave: Int32

    var text: String { String(decoding: bytes, as: UTF8.self) }

    init(columns: UInt16) throws {
        // What posix_openpt, unlockpt and ptsname do, which Swift's Glibc does not have: TIOCSPTLCK and TIOCGPTN.
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        var (locked, number): (Int32, UInt32) = (0, 0)
        guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            throw POSIXError.last
        }
        path = "/dev/pts/\(number)"
        // Held until the process has it, because a terminal that nobody holds says that it has ended.
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        guard slave >= 0, ioctl(slave, UInt(TIOCSWINSZ), &size) == 0 else { throw POSIXError.last }
    }

    func handOver() {
        close(slave)
        slave = -1
    }

    func type(_ text: String) { _ = write(master, text, text.utf8.count) }

    /// Takes in what is there.
    func take() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(master, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    }

    deinit {
        close(master)
        if slave >= 0 { close(slave) }
    }
}

extension POSIXError {
    fileprivate static var last: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL) }
}

private func withCStrings<Value>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) throws -> Value
) rethrows -> Value {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return try body(pointers + [nil])
}
