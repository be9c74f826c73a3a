import Foundation
import Glibc
import Synchronization
import Testing

@testable import wg_reconcile

@Suite("Terminal: progress")
struct TerminalProgressTests {
    private func line(_ done: Int?, _ total: Int?, _ seconds: Double, width: Int, unicode: Bool = false) -> String {
        ProgressLine(stage: "Removal", done: done, total: total, elapsed: .seconds(seconds))
            .text(width: width, unicode: unicode)
    }

    @Test(arguments: [
        (70, "Removal  [##########-------------]   45%  2,250/5,000  900/s  4 s left"),
        (56, "Removal  [########-----------]   45%  2,250/5,000  900/s"),
        (46, "Removal  [#######---------]   45%  2,250/5,000"), (39, "Removal   45%  2,250/5,000"),
        (20, "Removal   45%  2,25…"), (1, "…"), (0, ""),
    ])
    func `a narrow terminal shows what matters most`(width: Int, shown: String) {
        let text = line(2_250, 5_000, 2.5, width: width)
        #expect(text == shown)
        #expect(text.columns <= width)
    }

    @Test func `at no width is it too wide`() {
        for width in 0...200 {
            for (done, total) in [
                (Int?(0), Int?(5)), (5, 5), (9, 5), (123_456, 1_000_000), (7, nil), (0, 0), (nil, nil),
            ] {
                #expect(line(done, total, 100, width: width, unicode: true).columns <= width)
            }
        }
    }

    @Test func `blocks where they can be shown`() {
        #expect(line(1, 2, 0, width: 43, unicode: true) == "Removal  [██████████░░░░░░░░░░░]   50%  1/2")
    }

    @Test func `without a total there is a count, and no bar`() {
        #expect(line(1_234, nil, 2, width: 80) == "Removal  1,234  617/s")
    }

    @Test func `where nothing is counted, a piece of the bar goes to and fro`() {
        func shown(_ seconds: Double) -> String { line(nil, nil, seconds, width: 26) }
        #expect(shown(0) == "Removal  [##--------]  0 s")
        #expect(shown(0.1) == "Removal  [--##------]  0 s")
        #expect(shown(0.4) == "Removal  [--------##]  0 s")
        #expect(shown(0.5) == "Removal  [------##--]  0 s")
        #expect(line(nil, nil, 3, width: 12) == "Removal  3 s")
    }

    @Test func `a stage that counts nothing shows after 0_3 s, and not before`() throws {
        let terminal = try PseudoTerminal(columns: 60)
        let clock = SteppedClock()
        var bar = ProgressBar(
            output: StandardError(environment: ["TERM": "xterm"], descriptor: terminal.program), now: { clock.now })
        bar.begin("Planning")
        clock.advance(by: .milliseconds(200))
        bar.redraw()
        clock.advance(by: .milliseconds(200))
        bar.redraw()
        bar.clear()
        bar.redraw()
        let drawn = terminal.shown(upTo: "0 s" + StandardError.clearLine).components(
            separatedBy: StandardError.clearLine)
        #expect(drawn.count == 3 && drawn[1].hasPrefix("Planning  ["))
    }

    @Test(arguments: [(10, "10 s left"), (100, "1 min 40 s left"), (10_000, "2 h 46 min left")])
    func `the time left`(left: Int, shown: String) {
        #expect(line(10, 10 + left, 10, width: 100).hasSuffix(shown))
    }

    @Test func `on a terminal one line is redrawn, ten times a second at most, and cleared`() throws {
        let terminal = try PseudoTerminal(columns: 60)
        let clock = SteppedClock()
        let output = StandardError(environment: ["TERM": "xterm", "LANG": "C"], descriptor: terminal.program)
        #expect(output.isTerminal && output.hasColours && !output.hasUnicode && output.columns == 60)
        var bar = ProgressBar(output: output, now: { clock.now })
        for done in 0..<100 {
            bar.update("Removal", done: done, total: 100)
            clock.advance(by: .milliseconds(10))
        }
        output.writeLine("a log line")
        bar.clear()
        let drawn = terminal.shown(upTo: "\n" + StandardError.clearLine).components(
            separatedBy: StandardError.clearLine)
        try #require(drawn.count == 1 + 10 + 1 + 1)
        #expect(drawn[1] == "Removal  [-----------------------------------]    0%  0/100")
        #expect(drawn[11] == "a log line\r\n")
        #expect(drawn[12] == "")
    }

    @Test(arguments: [(["TERM": "dumb"], false, false), (["TERM": "xterm", "NO_COLOR": "1"], true, false)])
    func `a dumb terminal gets no bar, and NO_COLOR is respected`(
        environment: [String: String], terminal: Bool, colours: Bool
    ) throws {
        let pseudo = try PseudoTerminal(columns: 80)
        let output = StandardError(environment: environment, descriptor: pseudo.program)
        #expect(output.isTerminal == terminal)
        #expect(output.hasColours == colours)
    }
}

/// A clock that goes on when it is told to.
private final class SteppedClock: Sendable {
    private let began = ContinuousClock.now
    private let elapsed = Mutex(Duration.zero)

    var now: ContinuousClock.Instant { began + elapsed.withLock { $0 } }
    func advance(by step: Duration) { elapsed.withLock { $0 += step } }
}

/// A terminal of which the test sees what is shown.
private final class PseudoTerminal {
    private let viewer: Int32
    let program: Int32

    init(columns: UInt16) throws {
        viewer = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        // TIOCSPTLCK and TIOCGPTN, which the C library does not export to Swift: unlock, and ask for the number.
        var locked: Int32 = 0
        var number: Int32 = 0
        try #require(ioctl(viewer, 0x4004_5431, &locked) == 0 && ioctl(viewer, 0x8004_5430, &number) == 0)
        program = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(ioctl(program, UInt(TIOCSWINSZ), &size) == 0)
    }

    /// What is shown, once it ends so; or what was shown within five seconds.
    func shown(upTo end: String) -> String {
        var shown: [UInt8] = []
        var waiting = pollfd(fd: viewer, events: Int16(POLLIN), revents: 0)
        while !shown.reversed().starts(with: end.utf8.reversed()), poll(&waiting, 1, 5_000) > 0 {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(viewer, &bytes, bytes.count)
            shown += bytes.prefix(max(count, 0))
        }
        return String(decoding: shown, as: UTF8.self)
    }

    deinit {
        close(viewer)
        close(program)
    }
}
