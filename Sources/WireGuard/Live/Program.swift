import Feed
import Glibc

/// A program on this machine, found once. It is run with arguments and never by a shell.
package struct Program: Sendable {
    /// The result of a call.
    struct Output: Sendable {
        var status: Int32
        var bytes: [UInt8]
        /// What it wrote to standard error.
        var complaint: String

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// What a program has done by the time it ended, or was ended.
    package struct Course: Sendable {
        package enum Ending: Hashable, Sendable {
            case status(Int32)
            case signal
            /// It has ended, and somebody else collected the status.
            case unknown
            /// It took too long and was ended.
            case timedOut
        }

        package var ending: Ending
        package var output: [UInt8]
        /// Whether there was more output, which was dropped.
        package var isCutOff: Bool
        /// What it wrote to standard error.
        package var complaint: [UInt8]
    }

    private static let complaintLimit = 16 << 10

    /// The name used in messages.
    var name: String
    var path: String
    /// The command before the path, to run the program elsewhere: `nsenter --net=/run/netns/vpn --`.
    var prefix: [String] = []
    var environment: [String: String]
    var timeLimit: Duration
    /// How many bytes of output are read; further output is dropped. By default enough for the peers of some hundred
    /// thousand interfaces.
    var outputLimit: Int

    package init(
        name: String, path: String, prefix: [String] = [], environment: [String: String], timeLimit: Duration,
        outputLimit: Int = 64 << 20
    ) {
        (self.name, self.path, self.prefix) = (name, path, prefix)
        (self.environment, self.timeLimit, self.outputLimit) = (environment, timeLimit, outputLimit)
    }

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
        let course = try follow(arguments, input: input)
        if course.ending == .timedOut { throw failure(arguments, .timedOut(timeLimit)) }
        guard !course.isCutOff else { throw failure(arguments, .tooMuchOutput) }
        let complaint = String(decoding: course.complaint, as: UTF8.self)
        switch course.ending {
        case .status(let status): return Output(status: status, bytes: course.output, complaint: complaint)
        case .signal: throw failure(arguments, .signal(complaint))
        case .unknown, .timedOut: throw failure(arguments, .unknownStatus)
        }
    }

    /// Runs the program until it ends, or until its time is up; then it is killed, with what it started.
    ///
    /// - Throws: ``ProgramFailure`` where it could not be started.
    package func follow(_ arguments: [String], input: [UInt8] = []) throws(ProgramFailure) -> Course {
        let (child, pipes) = try start(arguments)
        var feed = PipeFeed(pipes.input, input)
        var output = PipeTake(pipes.output, limit: outputLimit)
        var complaint = PipeTake(pipes.complaint, limit: Self.complaintLimit)
        // Held open until the end, so that writing to a program that has stopped reading raises no SIGPIPE.
        defer { withExtendedLifetime(pipes.inputOfChild) {} }

        let clock = ContinuousClock()
        let deadline = clock.now + timeLimit
        var ending = child.ending().map(Course.Ending.init)
        while ending == nil {
            guard clock.now < deadline else {
                child.end()
                ending = .timedOut
                break
            }
            waitForPipes(feed.descriptor, output.descriptor, complaint.descriptor)
            feed.write()
            output.read()
            complaint.read()
            ending = child.ending().map(Course.Ending.init)
        }
        // A child that the program left running may hold the pipes open, but everything from the program itself has
        // arrived.
        output.read()
        complaint.read()
        return Course(
            ending: ending ?? .unknown, output: output.bytes, isCutOff: output.isCutOff, complaint: complaint.bytes)
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

extension Program.Course.Ending {
    fileprivate init(_ ending: ChildProcess.Ending) {
        switch ending {
        case .status(let status): self = .status(status)
        case .signal: self = .signal
        case .unknown: self = .unknown
        }
    }
}
