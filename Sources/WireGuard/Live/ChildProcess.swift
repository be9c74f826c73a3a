import Feed
import Glibc
import Support

/// A running program. Only this value waits for it.
///
/// Foundation's `Process` waits for its children in a thread of its own and collects the status first. So it cannot
/// be combined with `waitpid`, and on its own it also waits for whatever the child leaves running.
struct ChildProcess {
    enum Ending: Equatable {
        case status(Int32)
        case signal
        /// Somebody else has collected the status, so it is unknown how the program ended.
        case unknown
    }

    let identifier: pid_t

    /// Starts a program in its own process group, with no signal ignored or blocked.
    ///
    /// - Parameters:
    ///   - command: a path and its arguments.
    ///   - descriptors: its standard input, output and error.
    /// - Throws: the system's error number.
    init(_ command: [String], environment: [String: String], descriptors: [Int32]) throws(ErrorNumber) {
        // If the parent process has SIGCHLD ignored, the kernel would keep no status.
        signal(SIGCHLD, SIG_DFL)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }
        for inherited in Self.inheritedDescriptors { posix_spawn_file_actions_addclose(&actions, inherited) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, command[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw ErrorNumber(code: code) }
        self.identifier = identifier
    }

    struct ErrorNumber: Error {
        var code: Int32
        var text: String { String(cString: strerror(code)) }
    }

    /// How the program ended; nil while it runs. Do not call it again after it has returned a value.
    func ending() -> Ending? {
        var state: Int32 = 0
        switch waitpid(identifier, &state, WNOHANG) {
        case identifier: return state & 0x7F == 0 ? .status(state >> 8 & 0xFF) : .signal
        case -1 where errno == ECHILD: return .unknown
        default: return nil
        }
    }

    /// Kills a program that took too long, and the processes that it started.
    ///
    /// - Returns: whether it has ended. A process that waits for a device ignores every signal.
    @discardableResult
    func end() -> Bool {
        let clock = ContinuousClock()
        // SIGTERM first, so that the traps of wg-quick run.
        for (signal, patience) in [(SIGTERM, Duration.seconds(1)), (SIGKILL, .seconds(5))] {
            _ = kill(-identifier, signal)
            let limit = clock.now + patience
            while clock.now < limit {
                if ending() != nil {
                    // Its own children may still be running.
                    _ = kill(-identifier, SIGKILL)
                    return true
                }
                usleep(10_000)
            }
        }
        return false
    }

    /// Descriptors that a child would inherit, because some library opened them without O_CLOEXEC.
    private static var inheritedDescriptors: [Int32] {
        // Without /proc they are unknown, and the child inherits them.
        let names = (try? FileSystem.names(in: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { descriptor in
            let flags = fcntl(descriptor, F_GETFD)
            return descriptor > STDERR_FILENO && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }
}
