import Foundation
import Testing

@Suite("Program: who is meant")
struct ProgramWhoIsMeantTests {
    @Test(arguments: [
        "Anna <ANNA>", "<ANNA>", "mailto:ANNA", "ANNA; BEN", "ANNA BEN", "a***a@example.com", "@", "anna@",
        "@example.com",
        "anna", "anna@@example.com", "anna@exa_mple.com", "", #"""anna""@example.com"#,
        String(repeating: "a", count: 250) + "@example.com",
    ])
    func `what is not one plain address is invalid`(email: String) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\n\"\(email)\",cancelled\nCLARA,cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().outcomes == ["invalid", "removed"])
            #expect(try plane.gone() == ["CLARA"])
        }
    }

    @Test func `white space around the email is no matter, nor is the domain's letter case`() throws {
        try withControlPlane { plane throws in
            let (name, domain) = try parts(of: plane.email("ANNA"))
            try plane.write("email,status\n\"  \(name)@\(domain.uppercased()) \",cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    /// How the database spells an account, how the feed does, and what the error names.
    @Test(arguments: [
        ("Anna@example.com", "anna@example.com", "Anna@example.com"),
        ("jose\u{301}@example.com", "jos\u{E9}@example.com", "the instance"),
        ("anna@b\u{FC}cher.example", "anna@xn--bcher-kva.example", "anna@b\u{FC}cher.example"),
        ("anna@example.com.", "anna@example.com", "anna@example.com."),
        ("anna@example.com ", "anna@example.com", "\"anna@example.com \""),
    ])
    func `a near spelling is refused and named`(stored: String, delivered: String, found: String) throws {
        try withControlPlane { plane throws in
            let email = try plane.email("ANNA")
            try plane.execute("UPDATE wireguard_wireguardinstance SET name = ? WHERE name = ?", [stored, email])
            try plane.execute("UPDATE auth_user SET email = ? WHERE email = ?", [stored, email])
            try plane.writeFeed("email,status\n\(delivered),cancelled\nBEN,cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            let report = try plane.report()
            #expect(report.outcomes == ["refused", "removed"])
            #expect(report.accounts[0].errors.only?.contains(found) == true, "\(report.accounts[0].errors)")
            #expect(try plane.hasInstance(stored))
        }
    }

    /// A change that hides one half of the account.
    @Test(arguments: [
        "UPDATE wireguard_wireguardinstance SET name = name || ' ' WHERE name = ?",
        "UPDATE wireguard_wireguardinstance SET name = upper(name) WHERE name = ?",
        "UPDATE auth_user SET email = email || ' ' WHERE email = ?",
        "UPDATE auth_user SET username = email, email = '' WHERE email = ?",
    ])
    func `half an account is refused, and the other half stays`(change: String) throws {
        try withControlPlane { plane throws in
            let email = try plane.email("ANNA")
            try plane.execute(change, [email])
            let half = try plane.gone()
            #expect(half == ["half of ANNA"])
            try plane.writeFeed("email,status\nANNA,cancelled\nBEN,cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().outcomes == ["refused", "removed"])
            #expect(try plane.gone() == half + ["BEN"])
        }
    }

    @Test func `a verified secondary address is a near spelling as well`() throws {
        try withControlPlane { plane throws in
            let user = try #require(
                try plane.strings("SELECT id FROM auth_user WHERE email = ?", [try plane.email("ANNA")]).only)
            try plane.execute(
                """
                INSERT INTO account_emailaddress (email, verified, "primary", user_id)
                VALUES ('second@example.com', 1, 0, \(user)), ('unproven@example.com', 0, 0, \(user))
                """)
            try plane.write(
                "email,status\nsecond@example.com,cancelled\nunproven@example.com,cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            let report = try plane.report()
            #expect(report.outcomes == ["refused", "already_absent"])
            #expect(report.accounts[0].errors.only?.contains(try plane.email("ANNA")) == true)
            #expect(try plane.gone() == [])
        }
    }

    @Test func `what was removed under this very spelling is absent, with a note`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 0)
            let first = try plane.report().runID
            try plane.execute(
                "UPDATE auth_user SET email = ? WHERE email = ?",
                [try plane.email("ANNA").uppercased(), try plane.email("BEN")])
            #expect(try plane.program("run", "feed.csv").status == 0)
            let account = try plane.report().accounts[0]
            #expect(account.outcome == "already_absent" && account.earlierRun == first)
            let spelling = try plane.email("ANNA").uppercased()
            #expect(account.errors.contains { $0.contains(spelling) }, "\(account.errors)")
        }
    }

    // MARK: Users who are known by their username

    @Test func `--match-usernames takes the username for the email`() throws {
        try withControlPlane { plane throws in
            for name in ["ANNA", "BEN"] {
                try plane.execute(
                    "UPDATE auth_user SET username = email, email = '' WHERE email = ?", [try plane.email(name)])
            }
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "feed.csv")
            let refused = try plane.program("run", "feed.csv", ["--summary"])
            #expect(refused.status == 1)
            #expect(refused.stderr.contains("--match-usernames treats such a user as the account's"))
            #expect(refused.stdout.contains("Users without an email whose username is one: 2; --match-usernames"))
            #expect(try plane.usernames() == [plane.email("ANNA"), plane.email("BEN")])

            #expect(try plane.program("run", "feed.csv", ["--match-usernames"]).status == 0)
            #expect(try plane.report().outcomes == ["removed"])
            #expect(try plane.usernames() == [plane.email("BEN")])
            #expect(try !plane.hasInstance(plane.email("ANNA")))
        }
    }

    private func parts(of email: String) -> (name: String, domain: String) {
        let parts = email.split(separator: "@").map(String.init)
        return (parts[0], parts[1])
    }
}

extension ControlPlaneFolder {
    /// Of users without an email.
    fileprivate func usernames() throws -> [String] {
        try strings("SELECT username FROM auth_user WHERE email = '' AND username LIKE '%@%' ORDER BY id")
    }
}
