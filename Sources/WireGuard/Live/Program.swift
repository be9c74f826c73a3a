import Feed
import Glibc

/// A program on this machine, found once. It is run with arguments and never by a shell.
struct Program: Sendable {
    /// The result of a call.
    struct Output: Sendable {
        var status: Int32
        var bytes: [UInt8]
        /// What it wrote to standard error.
        var complaint: String

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Enough for the peers of some hundred thousand interfaces. Further output is dropped.
    private static let outputLimit = 64 << 20
    private static let complaintLimit = 16 << 10

    /// The name used in messages.
    var name: String
    var path: String
    /// The command before the path, to run the program elsewhere: `nsenter --net=/run/netns/vpn --`.
    var prefix: [String] = []
    var environment: [String: String]
    var timeLimit: Duration

    /// Runs the program and expects it to exit with status 0.
    ///
    /// - Parameter input: its standard input; empty by default.
    /// - Throws: ``ProgramFailure``, also after the time limit; the program has been killed then.
    @discardableResult
    func run(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Output {
        let output = try call(arguments, input: input)
        guard output.status == 0 else { throw failure(arguments, .status(output.status, output.complaint)) }
        return output
    }

    /// The same program with a time limit of at most this.
    func within(_ limit: Duration) -> Program {
        var program = self
        program.timeLimit = min(timeLimit, limit)
        return program
    }

    /// Runs the program to its end, whatever its exit status.
    ///
    /// - Throws: ``ProgramFailure`` where it could not be started, was killed, or took too long.
    func call(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Output {
        let (child, pipes) = try start(arguments)
        var feed = PipeFeed(pipes.input, input)
        var output = PipeTake(pipes.output, limit: Self.outputLimit)
        var complaint = PipeTake(pipes.complaint, limit: Self.complaintLimit)
        // Held open until the end, so that writing to a program that has stopped reading raises no SIGPIPE.
        defer { withExtendedLifetime(pipes.inputOfChild) {} }

        let clock = ContinuousClock()
        let deadline = clock.now + timeLimit
        var ending = child.ending()
        while ending == nil {
            guard clock.now < deadline else {
                child.end()
                throw failure(arguments, .timedOut(timeLimit))
            }
            waitForPipes(feed.descriptor, output.descriptor, complaint.descriptor)
            feed.write()
            output.read()
            complaint.read()
            ending = child.ending()
        }
        // A child that the program left running may hold the pipes open, but everything from the program itself has
        // arrived.
        output.read()
        complaint.read()
        guard !output.isCutOff else { throw failure(arguments, .tooMuchOutput) }
        switch ending {
        case .status(let status): return Output(status: status, bytes: output.bytes, complaint: complaint.text)
        case .signal: throw failure(arguments, .signal(complaint.text))
        case .unknown, nil: throw failure(arguments, .unknownStatus)
        }
    }

    /// This process's ends of the pipes, and the child's end that is held open here.
    private struct Pipes {
        var input: PipeEnd
        var output: PipeEnd
        var complaint: PipeEnd
        var inputOfChild: PipeEnd
    }

    private func start(_ arguments: [String]) throws(ProgramFailure) -> (ChildProcess, Pipes) {
        do throws(ChildProcess.ErrorNumber) {
            let (input, output, complaint) = (try ProgramPipe(), try ProgramPipe(), try ProgramPipe())
            let child = try ChildProcess(
                prefix + [path] + arguments, environment: environment,
                descriptors: [input.reading, output.writing, complaint.writing].map(\.descriptor))
            return (
                child,
                Pipes(
                    input: input.writing, output: output.reading, complaint: complaint.reading,
                    inputOfChild: input.reading)
            )
        } catch {
            throw failure(arguments, .notStarted(error.text))
        }
    }

    /// Waits until a pipe is ready, or for a moment: the end of a process is not an event of a pipe.
    private func waitForPipes(_ feed: Int32?, _ descriptors: Int32?...) {
        var polled = descriptors.compactMap { $0.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
        if let feed { polled.append(pollfd(fd: feed, events: Int16(POLLOUT), revents: 0)) }
        _ = poll(&polled, nfds_t(polled.count), polled.isEmpty ? 2 : 20)
    }

    private func failure(_ arguments: [String], _ reason: ProgramFailure.Reason) -> ProgramFailure {
        ProgramFailure(call: ([name] + arguments).joined(separator: " "), reason: reason)
    }
}
