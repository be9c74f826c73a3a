import Testing

@testable import Feed

@Suite("A near spelling")
struct NearSpellingTests {
    @Test(
        "is the same for what a person takes for one address",
        arguments: [
            ("anna@example.com", "ANNA@Example.COM"),
            ("anna@example.com", " anna@example.com\t"),
            ("anna@example.com", "anna@example.com."),
            ("anna@example.com", "\u{A0}Anna@example.com.\n"),
            ("ren\u{E9}@example.com", "rene\u{301}@example.com"),
            ("REN\u{C9}@example.com", "rene\u{301}@example.com"),
            ("anna@b\u{FC}cher.example", "anna@xn--bcher-kva.example"),
            ("anna@B\u{DC}CHER.example.", "anna@bu\u{308}cher.example"),
            ("\u{FF41}nna@example.com", "anna@example.com"),
            ("anna@example\u{3002}com", "anna@example.com"),
            ("\u{212A}im@example.com", "kim@example.com"),
            ("anna@\u{65E5}\u{672C}.example", "anna@xn--wgv71a.example"),
        ])
    func same(one: String, other: String) {
        #expect(NearSpelling(one) == NearSpelling(other))
        #expect(NearSpelling.hash(of: one) == NearSpelling.hash(of: other))
    }

    @Test(
        "is another for another address",
        arguments: [
            ("anna@example.com", "ann@example.com"), ("anna@example.com", "anna@example.org"),
            ("anna@example.com", "anna@mail.example.com"), ("an.na@example.com", "anna@example.com"),
            ("anna+x@example.com", "anna@example.com"), ("anna@b\u{FC}cher.example", "anna@bucher.example"),
            ("rene@example.com", "ren\u{E9}@example.com"), ("an na@example.com", "anna@example.com"),
            (".anna@example.com", "anna@example.com"),
        ])
    func another(one: String, other: String) {
        #expect(NearSpelling(one) != NearSpelling(other))
    }

    @Test(
        "takes whatever is in the database",
        arguments: ["", " ", ".", "@", "@@", "a@%", "a@\u{FC}%41", "a@\u{FC} b", "\u{0}"])
    func strange(text: String) {
        #expect(NearSpelling(text) == NearSpelling(text))
        #expect(NearSpelling.hash(of: text) != 0)
    }
}
