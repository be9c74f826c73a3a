import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import Support

@Suite("Report: accounts.csv")
struct ReportTableTests {
    /// The rows below the header, as Python's csv module reads them.
    private func rows(_ results: [AccountResult]) throws -> [[String]] {
        Array(try rowsReadByPython(publishedReport(results).table).dropFirst())
    }

    private func result(email: String = "a@x.com", errors: [String] = []) -> AccountResult {
        AccountResult(entry: reportEntry(1, email), outcome: .invalid, errors: errors)
    }

    @Test func `columns have the names and the order that was promised, and lines end in LF`() throws {
        let table = try publishedReport([removedAccount(1, "a@x.com")]).table
        #expect(
            table == """
                entry,line,account_id,email,feed_status,outcome,status_code,instance_uuid,peers_removed,errors,\
                subscription_id,deferred_from,tunnel_down,kept_restricted,left_behind,first_seen,effective_at
                1,2,,a@x.com,cancelled,removed,200,0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e,3,,,,,,,,

                """)
    }

    @Test func `what is known of the tunnel stands in a column of its own, and that it was not seen among the errors`()
        throws
    {
        let cells = try [true, false, nil].map { isDown in
            var result = removedAccount(1, "a@x.com")
            (result.tunnelDown, result.isTunnelUnseen) = (isDown, isDown == nil)
            return try rows([result])[0]
        }
        #expect(cells.map { $0[12] } == ["true", "false", "unseen"])
        #expect(cells.map { $0[9] } == ["", "", "it could not be seen whether the tunnel is down"])
    }

    @Test(arguments: ["2026-11-23", "2026-11-23T18:07:00Z", "2026-11-23T19:07:00.5+01:00"])
    func `effective_at is as the entry has it`(time: String) throws {
        var result = removedAccount(1, "a@x.com")
        result.entry.effectiveAt = EffectiveTime(time)
        #expect(result.entry.effectiveAt != nil)
        #expect(try rows([result])[0].last == result.entry.effectiveAt?.text)
        #expect(try rows([removedAccount(1, "a@x.com")])[0].last == "")
    }

    @Test func `several instances and errors are joined, and peers summed`() throws {
        var result = removedAccount(1, "a@x.com")
        result.outcome = .partiallyRemoved
        result.removal?.items.append(RemovedItem(.instance, "ffffffff-7d4f-4c58-9d0e-2f6a3c1b5d7e", peersRemoved: 2))
        result.errors = ["one", "two"]
        let row = try rows([result])[0]
        #expect(row[7] == "0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e; ffffffff-7d4f-4c58-9d0e-2f6a3c1b5d7e")
        #expect(row[8...9] == ["5", "one; two"])
    }

    @Test func `what was kept restricted stands in sentences, joined`() throws {
        var result = removedAccount(1, "a@x.com")
        result.removal?.keptRestricted = [
            KeptRestriction(.userACL, "carl@x.com", "was given a group"),
            KeptRestriction(.apiKey, "=k", "was disabled"),
        ]
        #expect(
            try rows([result])[0][13]
                == "ACL of the user carl@x.com: was given a group; API key =k: was disabled")
    }

    @Test func `what was left behind stands in sentences, joined`() throws {
        var result = removedAccount(1, "a@x.com")
        result.leftBehind = [
            LeftBehind(.staticHost, "nas", "leads to 10.0.0.2"), LeftBehind(.apiKey, "=k", "is there"),
        ]
        #expect(try rows([result])[0][14] == "static DNS host nas: leads to 10.0.0.2; API key =k: is there")
    }

    @Test func `an account without an instance has no number of peers`() throws {
        #expect(try rows([result()])[0][7...9] == ["", "", ""])
    }

    @Test(arguments: ["a,b@x.com", "a\"b\"@x.com", "a\nb@x.com", "a\rb@x.com", "\"", ",", "ü;😀@x.com", "a 'b'@x.com"])
    func `any text is read back by another program as it was`(email: String) throws {
        #expect(try rows([result(email: email)]).map { $0[3] } == [email])
    }

    @Test(arguments: [
        "=1+1", "+49170@x.com", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{A0}+1", "\u{FEFF}=1",
        "\u{200B}=1", "＝1", "＋1", "－1", "＠x", "  ＝1", "\tplain", "=cmd|' /C calc'!A0@x.com",
    ])
    func `a cell that a spreadsheet would run begins with an apostrophe`(text: String) throws {
        var dangerous = result(email: text, errors: [text])
        dangerous.entry.accountID = .text(text)
        dangerous.entry.status = text
        dangerous.entry.subscriptionID = .text(text)
        let row = try rows([dangerous])[0]
        #expect([row[2], row[3], row[4], row[9], row[10]] == Array(repeating: "'" + text, count: 5))
    }

    @Test(arguments: ["a=b@x.com", "a+b@x.com", "'a@x.com", " a@x.com", "ü=1", "1-2", "é@x"])
    func `any other cell stays as it is`(text: String) throws {
        #expect(try rows([result(email: text)])[0][3] == text)
    }

    @Test func `a removal that was put off names the run and the entry that did so`() throws {
        var result = removedAccount(3, "a@x.com")
        result.entry.line = nil
        result.entry.subscriptionID = .number("77")
        result.entry.deferral = FeedEntry.Deferral(
            runID: "20261122T180700Z-00000001", entry: 9, feedTime: UTCTime(seconds: 1_795_370_820))
        let row = try rows([result])[0]
        #expect(row[0...1] == ["3", ""])
        #expect(row[10...11] == ["77", "20261122T180700Z-00000001 9"])
    }

    @Test func `a number that billing sent is a cell too`() throws {
        var negative = result()
        negative.entry.accountID = .number("-5")
        #expect(try rows([negative])[0][2] == "'-5")
    }

    @Test func `control characters are shown as replaced, and do not hide a formula`() throws {
        #expect(
            try rows([result(email: "a\u{0}\u{1B}[2J\u{9B}b@x.com")])[0][3] == "a\u{FFFD}\u{FFFD}[2J\u{FFFD}b@x.com")
        #expect(try rows([result(email: "\u{0}=1")])[0][3] == "'\u{FFFD}=1")
    }
}
