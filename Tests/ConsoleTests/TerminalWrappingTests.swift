import Logging
import Testing

@testable import wg_reconcile

@Suite("Terminal: lines that are too long")
struct TerminalWrappingTests {
    @Test func `a line continues between words, further in than it began`() {
        #expect("one two three four".wrapped(to: 9) == "one two\n  three\n  four")
        #expect("  one two three".wrapped(to: 10) == "  one two\n    three")
        #expect("one two".wrapped(to: nil) == "one two")
        #expect("one two".wrapped(to: 7) == "one two")
    }

    @Test func `every line by itself, and columns stay as they are where they fit`() {
        #expect("a  b\n\nlonger than that\n".wrapped(to: 8) == "a  b\n\nlonger\n  than\n  that\n")
    }

    @Test func `a word that is longer than the line stays whole, so that it can be copied`() {
        let path = "/var/lib/wg-reconcile/reports/20261128T050721Z-08e7c60c"
        #expect("Report: \(path) is there".wrapped(to: 20) == "Report:\n  \(path)\n  is there")
        #expect(path.wrapped(to: 20) == path)
    }

    @Test func `colours take no room`() {
        #expect("\u{1B}[1;31mone two\u{1B}[0m".wrapped(to: 7) == "\u{1B}[1;31mone two\u{1B}[0m")
    }

    @Test func `a cell is cut between words`() {
        #expect("wg0 with 3 peers; group of".shortenedBetweenWords(to: 12) == "wg0 with 3 …")
        #expect("oneverylongword".shortenedBetweenWords(to: 5) == "onev…")
        #expect("fits".shortenedBetweenWords(to: 4) == "fits")
    }

    @Test func `an error is a sentence, with what to try on a line of its own`() {
        let message = TerminalMessage(
            .error, "cannot open the database /tmp/x: it does not exist",
            [("command", "wg-reconcile run --approve 0123456789abcdef"), ("digest", "ab12"), ("try", "give the path")],
            colours: false)
        #expect(
            message.lines(width: 40) == [
                "Error: cannot open the database /tmp/x:", "  it does not exist", "  digest: ab12",
                "  Try: give the path", "  Command:", "    wg-reconcile run --approve 0123456789abcdef",
            ])
    }

    @Test func `text from outside forges no line`() {
        let message = TerminalMessage(.warning, "bad\nError: forged", [("email", "a\u{1B}[2Jb")], colours: true)
        #expect(message.lines(width: 80) == [#"Warning: bad\nError: forged"#, #"  email: a\u{1B}[2Jb"#])
    }
}
