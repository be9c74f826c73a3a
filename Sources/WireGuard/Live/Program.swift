import Feed
import Glibc

/// A program of this machine, found once, that is run with arguments and never by a shell.
struct Program: Sendable {
    /// What a call gave. Held back where it went on for too long.
    struct Output: Sendable {
        var status: Int32
        var bytes: [UInt8]
        /// What it wrote to standard error.
        var complaint: String

        var text: String { String(decoding: bytes, as: UTF8.self) }
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

    /// The same program with less time, if it has more.
    func within(_ limit: Duration) -> Program {
        var program = self
        program.timeLimit = min(timeLimit, limit)
        return program
    }

    /// Runs the program to its end, whatever its status says.
    ///
    /// - Throws: ``ProgramFailure`` where it could not be started, was killed, or took too long.
    func call(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Output {
        let (child, pipes) = try start(arguments)
        var feed = PipeFeed(pipes.input, input)
        var output = PipeTake(pipes.output, limit: Self.outputLimit)
        var complaint = PipeTake(pipes.complaint, limit: Self.complaintLimit)
        // Held open here until the end, so that writing to a program that has stopped reading is no SIGPIPE.
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
        // A child that the program left running may hold the pipes open; what the program itself wrote is there by now.
        output.read()
        complaint.read()
        guard !output.isCutOff else { throw failure(arguments, .tooMuchOutput) }
        switch ending {
        case .status(let status): return Output(status: status, bytes: output.bytes, complaint: complaint.text)
        case .signal: throw failure(arguments, .signal(complaint.text))
        case .unknown, nil: throw failure(arguments, .unknownStatus)
        }
    }

    /// This process's ends of the pipes, and the one of the child that is held open here.
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

    /// Waits until a pipe has something to do, or for a moment: the end of a process is no event of a pipe.
    private func waitForPipes(_ feed: Int32?, _ descriptors: Int32?...) {
        var polled = descriptors.compactMap { $0.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) } }
        if let feed { polled.append(pollfd(fd: feed, events: Int16(POLLOUT), revents: 0)) }
        _ = poll(&polled, nfds_t(polled.count), polled.isEmpty ? 2 : 20)
    }

    private func failure(_ arguments: [String], _ reason: ProgramFailure.Reason) -> ProgramFailure {
        ProgramFailure(call: ([name] + arguments).joined(separator: " "), reason: reason)
    }
}
