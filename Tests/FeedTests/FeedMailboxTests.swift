import Testing

@testable import Feed

@Suite struct FeedMailboxTests {
    @Test(arguments: [
        ("anna@example.com", "anna@example.com"),
        ("anna@example.com", "anna@EXAMPLE.com"),
        ("anna@Example.Com", "anna@eXAMPLE.cOM"),
        ("\"a@b\"@example.com", "\"a@b\"@EXAMPLE.com"),
        ("anna@exämple.com", "anna@EXäMPLE.com"),
    ])
    func `emails are one account if they differ in the domain's ASCII case alone`(one: String, other: String) throws {
        let (one, other) = (try #require(Mailbox(one)), try #require(Mailbox(other)))
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(one.canonical == other.canonical)
    }

    @Test(arguments: [
        ("anna@example.com", "Anna@example.com"),
        ("anna@example.com", "anna@example.org"),
        ("anna@example.com", "anna@example.com."),
        ("A@b@example.com", "a@b@example.com"),
        // Equal for Swift's String, not for the database: é as one scalar and as two
        ("ren\u{E9}@example.com", "rene\u{301}@example.com"),
        ("anna@ex\u{E4}mple.com", "anna@exa\u{308}mple.com"),
        // Case beyond ASCII is not folded
        ("anna@ex\u{E4}mple.com", "anna@ex\u{C4}mple.com"),
        // The Kelvin sign is a K for Unicode
        ("anna@\u{212A}.example.com", "anna@k.example.com"),
        ("anna@\u{212A}.example.com", "anna@K.example.com"),
    ])
    func `emails that differ in anything else are two accounts`(one: String, other: String) throws {
        let (one, other) = (try #require(Mailbox(one)), try #require(Mailbox(other)))
        #expect(one != other)
        #expect(Set([one, other]).count == 2)
    }

    @Test(arguments: ["", "anna", "anna.example.com"])
    func `without an at sign there is no account`(email: String) {
        #expect(Mailbox(email) == nil)
    }

    @Test func `the canonical spelling keeps the local part`() throws {
        #expect(try #require(Mailbox("Anna@B@EXAMPLE.Com")).canonical == "Anna@B@example.com")
    }
}
