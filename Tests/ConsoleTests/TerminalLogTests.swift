import Foundation
import Glibc
import Logging
import Support
import Synchronization
import Testing

@testable import wg_reconcile

@Suite("Terminal: log lines")
struct TerminalLogTests {
    /// Collects lines, where the program writes them to standard error.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func append(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private let lines = Lines()

    private func textLogger(_ level: Logger.Level = .info) -> Logger {
        Logger(label: "test") { [lines] _ in
            TextLogHandler(level: level, now: { UTCTime(seconds: 1_795_457_220) }, writeLine: lines.append)
        }
    }

    private func jsonLogger() -> Logger {
        Logger(label: "test") { [lines] _ in
            JSONLinesLogHandler(level: .info, now: { UTCTime(seconds: 1_795_457_220) }, writeLine: lines.append)
        }
    }

    @Test func `text has time, level, message, and metadata in order`() {
        textLogger().warning("account refused", metadata: ["line": "17", "email": "a@x.com"])
        #expect(lines.all == ["2026-11-23T18:07:00Z warning: account refused email=a@x.com line=17"])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), (#"say "x""#, #""say \"x\"""#),
        ("a level=info", #""a level=info""#),
        ("x\n2026-11-23T18:07:00Z info: forged", #""x\n2026-11-23T18:07:00Z info: forged""#),
        ("\u{1B}[31m", #""\u{1B}[31m""#), (#"back\"#, #""back\\""#), ("jürgen@x.de", "jürgen@x.de"),
    ])
    func `a value cannot forge a key or a line`(value: String, shown: String) {
        textLogger().info("m", metadata: ["k": .string(value)])
        #expect(lines.all == ["2026-11-23T18:07:00Z info: m k=\(shown)"])
    }

    @Test func `nor can a message or a key`() {
        textLogger().error("a\u{2028}b\n", metadata: ["x y=1": "2"])
        #expect(lines.all == [#"2026-11-23T18:07:00Z error: a\u{2028}b\n "x y=1"=2"#])
    }

    @Test func `levels below the chosen one are silent, and a logger's own metadata is shown`() {
        var logger = textLogger(.warning)
        logger[metadataKey: "run"] = "r1"
        logger.info("no")
        logger.warning("yes", metadata: ["list": ["a", "b c"], "map": ["k": "v"]])
        #expect(lines.all == [#"2026-11-23T18:07:00Z warning: yes list=[a,"b c"] map={k:v} run=r1"#])
    }

    @Test func `JSON lines hold the same, and come back as they were`() throws {
        var logger = jsonLogger()
        logger[metadataKey: "run"] = "r1"
        logger.warning("a \"b\"\n", metadata: ["time": "x", "email": "\u{1B}@x\u{2028}", "list": ["1", ["k": "2"]]])
        #expect(lines.all.count == 1)
        #expect(
            lines.all[0] == #"{"time":"2026-11-23T18:07:00Z","level":"warning","message":"a \"b\"\n","#
                + #""email":"\u001b@x\u2028","list":["1",{"k":"2"}],"run":"r1","time_":"x"}"#)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(lines.all[0].utf8)) }
    }

    @Test func `a reader that has gone is no reason to stop`() {
        WriteSignals.becomeErrors()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        StandardError(environment: [:], descriptor: ends[1]).writeLine("into the void")
        close(ends[1])
    }

    @Test func `a pipe gets lines and nothing else`() throws {
        let pipe = Pipe()
        let output = StandardError(environment: ["TERM": "xterm"], descriptor: pipe.fileHandleForWriting.fileDescriptor)
        var bar = ProgressBar(output: output)
        bar.update("Removal", done: 1, total: 2)
        output.writeLine("one")
        bar.clear()
        try pipe.fileHandleForWriting.close()
        #expect(try pipe.fileHandleForReading.readToEnd() == Data("one\n".utf8))
    }
}
