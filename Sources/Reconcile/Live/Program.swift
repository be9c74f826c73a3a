import Foundation
import Glibc

/// A program of this machine, found once, that is run with arguments and never by a shell.
struct Program: Sendable {
    /// What a call gave. Held back where it went on for too long.
    struct Output: Sendable {
        var status: Int32
        var text: String
        /// What it wrote to standard error.
        var complaint: String
    }

    /// Room for the peers of some hundred thousand interfaces. What a program writes beyond it is thrown away.
    private static let outputLimit = 64 << 20
    private static let complaintLimit = 16 << 10

    /// As it is called in messages.
    var name: String
    var path: String
    /// What goes before the path, to run it elsewhere: `nsenter --net=/run/netns/vpn --`.
    var prefix: [String] = []
    var environment: [String: String]
    var timeLimit: Duration

    /// Runs the program and expects it to end with status 0.
    ///
    /// - Parameter input: what it reads on standard input; nothing by default.
    /// - Throws: ``ProgramFailure``, also where the time limit ran out; the program is gone then.
    @discardableResult
    func run(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Output {
        let output = try call(arguments, input: input)
        guard output.status == 0 else { throw failure(arguments, .status(output.status, output.complaint)) }
        return output
    }

    /// Runs the program to its end, whatever its status says.
    ///
    /// - Throws: ``ProgramFailure`` where it could not be started, was killed, or took too long.
    func call(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Output {
        let process = Process()
        let command = prefix + [path] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        // Held open here until the end, so that writing to a program that has stopped reading is no SIGPIPE.
        let keptOpen = dup(stdin.fileHandleForReading.fileDescriptor)
        defer { _ = close(keptOpen) }
        do {
            try process.run()
        } catch {
            throw failure(arguments, .notStarted(error.localizedDescription))
        }
        var feed = PipeFeed(stdin.fileHandleForWriting, input)
        var output = PipeTake(stdout.fileHandleForReading, limit: Self.outputLimit)
        var complaint = PipeTake(stderr.fileHandleForReading, limit: Self.complaintLimit)

        let clock = ContinuousClock()
        let deadline = clock.now + timeLimit
        var ending = ProcessEnding(of: process)
        while ending == nil {
            guard clock.now < deadline else {
                end(process)
                throw failure(arguments, .timedOut(timeLimit))
            }
            waitForPipes(feed.descriptor, output.descriptor, complaint.descriptor)
            feed.write()
            output.read()
            complaint.read()
            ending = ProcessEnding(of: process)
        }
        // A child that the program left running may hold the pipes open; what the program itself wrote is there by now.
        output.read()
        complaint.read()
        guard !output.isCutOff else { throw failure(arguments, .tooMuchOutput) }
        guard case .status(let status)? = ending else {
            throw failure(arguments, .signal(complaint.text))
        }
        return Output(status: status, text: output.text, complaint: complaint.text)
    }

    /// Waits until a pipe has something to do, or for a moment: the end of a process is no event of a pipe.
    private func waitForPipes(_ feed: Int32?, _ descriptors: Int32?...) {
        var polled = descriptors.compactMap { $0.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
        if let feed { polled.append(pollfd(fd: feed, events: Int16(POLLOUT), revents: 0)) }
        _ = poll(&polled, nfds_t(polled.count), polled.isEmpty ? 2 : 20)
    }

    /// Ends a program that took too long, and what it started. It has a process group of its own.
    private func end(_ process: Process) {
        let identifier = process.processIdentifier
        let target = getpgid(identifier) == identifier ? -identifier : identifier
        let clock = ContinuousClock()
        // SIGTERM first, for the traps of wg-quick; it may be ignored, as it is in a child of this process.
        for (signal, patience) in [(SIGTERM, Duration.seconds(1)), (SIGKILL, .seconds(5))] {
            _ = kill(target, signal)
            let end = clock.now + patience
            while ProcessEnding(of: process) == nil, clock.now < end { usleep(10_000) }
        }
    }

    private func failure(_ arguments: [String], _ reason: ProgramFailure.Reason) -> ProgramFailure {
        ProgramFailure(call: ([name] + arguments).joined(separator: " "), reason: reason)
    }
}

/// How a process ended.
private enum ProcessEnding {
    case status(Int32)
    case signal

    /// - Returns: nil while it runs.
    init?(of process: Process) {
        // `isRunning` watches a socket that every child of the process inherits: it stays true for as long as a daemon
        // lives that a PostDown command has started. The kernel knows better.
        var state: Int32 = 0
        let found = waitpid(process.processIdentifier, &state, WNOHANG)
        if found == process.processIdentifier {
            self = state & 0x7F == 0 ? .status(state >> 8 & 0xFF) : .signal
        } else if found == -1 && errno == ECHILD && !process.isRunning {
            // Foundation was faster and has taken the status.
            let isExit = process.terminationReason == .exit
            self = isExit ? .status(process.terminationStatus) : .signal
        } else {
            return nil
        }
    }
}
