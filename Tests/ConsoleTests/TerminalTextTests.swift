import Support
import Testing

@testable import wg_reconcile

@Suite("Terminal: text from elsewhere")
struct TerminalTextTests {
    @Test(arguments: [
        ("user+tag@example.com", "user+tag@example.com"), ("jürgen@例え.jp", "jürgen@例え.jp"),
        ("a\nb\r\tc", #"a\nb\r\tc"#), ("\u{1B}[2J", #"\u{1B}[2J"#), ("\u{9B}2J\u{7F}", #"\u{9B}2J\u{7F}"#),
        ("a\u{2028}b", #"a\u{2028}b"#), ("\u{202E}moc", #"\u{202E}moc"#), ("a\u{200B}b", #"a\u{200B}b"#),
        (#"literal \n"#, #"literal \\n"#),
    ])
    func `is spelled out where it could do harm`(text: String, shown: String) {
        #expect(printable(text) == shown)
    }

    @Test(arguments: [
        ("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 7, "abc…hij"), ("abcdefghij", 6, "abc…ij"),
        ("abcdefghij", 1, "…"), ("abcdefghij", 0, ""), ("例え例え例え", 7, "例…え"),
    ])
    func `is shortened in the middle`(text: String, width: Int, shown: String) {
        #expect(text.shortenedInTheMiddle(to: width) == shown)
        #expect(shown.columns <= width)
    }

    @Test(arguments: [("abc", 3), ("ü", 1), ("u\u{308}", 1), ("例え", 4), ("😀", 2), ("", 0)])
    func `takes that many columns`(text: String, columns: Int) {
        #expect(text.columns == columns)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"), (-123, "-123"),
    ])
    func `numbers have commas`(number: Int, shown: String) {
        #expect(number.grouped == shown)
    }
}
