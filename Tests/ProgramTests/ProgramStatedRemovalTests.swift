import Foundation
import Testing

/// Nobody is removed unless the feed, or the operator, says so.
@Suite("Program: removal has to be stated")
struct ProgramStatedRemovalTests {
    @Test(arguments: [
        ("feed.csv", "email\nANNA\nBEN\n", "if every account in it has ended, give --every-entry-ends"),
        ("feed.csv", "email,state\nANNA,active\nBEN,cancelled\n", "give --column status=\\\"state\\\""),
        ("feed.csv", "email,status\nANNA,\nBEN,\n", "no entry has a status in \"status\""),
        ("feed.csv", "email\n", "--every-entry-ends"),
        ("feed.json", #"[{"email": "ANNA"}, {"email": "BEN"}]"#, "--every-entry-ends"),
        ("feed.json", #"{"accounts": [{"email": "ANNA", "status": ""}]}"#, "--every-entry-ends"),
        ("feed.jsonl", #"{"email": "ANNA"}"#, "--every-entry-ends"),
    ])
    func `a feed that does not state it is refused, and nothing is touched`(
        name: String, text: String, says: String
    ) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(text, to: name)
            let before = try plane.fingerprint()
            for command in ["run", "plan"] {
                let result = try plane.program(command, name)
                #expect(result.status == 65)
                #expect(result.stderr.contains("nothing in the feed states that an account is to be removed"))
                #expect(result.stderr.contains(says), "\(result.stderr)")
            }
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test func `--every-entry-ends states it for a feed without a status column`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email\nANNA\nBEN\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv", ["--every-entry-ends"]).status == 0)
            #expect(try plane.report().outcomes == ["removed", "removed"])
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test(arguments: ["email,status\nANNA,active\n", "email,status\nANNA,cancelled\n", "email,status\nANNA,\n"])
    func `--every-entry-ends is refused for a feed with one`(text: String) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(text, to: "feed.csv")
            let before = try plane.fingerprint()
            let result = try plane.program("run", "feed.csv", ["--every-entry-ends"])
            #expect(result.status == 65)
            #expect(result.stderr.contains("leave out --every-entry-ends; the statuses say which accounts have ended"))
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test(arguments: [
        ("feed.json", #"{"instance": "ANNA"}"#), ("feed.json", #"{"body": {"instance": "ANNA"}}"#),
        ("feed.json", #"[{"body": {"instance": "ANNA"}}]"#),
        ("feed.json", #"{"accounts": [{"body": {"instance": "ANNA"}}]}"#),
        ("feed.jsonl", #"{"body": {"instance": "ANNA"}}"#),
    ])
    func `the endpoint's request states it`(name: String, text: String) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(text, to: name)
            #expect(try plane.program("run", name).status == 0)
            #expect(try plane.report().outcomes == ["removed"])
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test func `where some entries have a status, one without is invalid`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\nANNA,cancelled\nBEN,\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().outcomes == ["removed", "invalid"])
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test(arguments: [("feed.csv", "email,status\n"), ("feed.json", "[]"), ("feed.json", #"{"accounts": []}"#)])
    func `a feed without entries is whole`(name: String, text: String) throws {
        try withControlPlane { plane throws in
            try plane.write(text, to: name)
            #expect(try plane.program("run", name).status == 0)
            #expect(try plane.report().outcomes == [])
        }
    }

    @Test func `an inbox holds such a feed, and the option settles it`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("members.csv", "email\nANNA\n"), ("other.csv", "email,status\nBEN,cancelled\n")])
            let refused = try plane.runInbox()
            #expect(refused.status == 65)
            #expect(refused.stderr.contains("give --every-entry-ends"))
            #expect(try plane.inboxContent() == ["done/other.ID.csv", "held/members.TIME.csv"])
            #expect(try plane.gone() == ["BEN"])

            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: plane.inbox + "/held").only)
            try FileManager.default.moveItem(atPath: plane.inbox + "/held/" + name, toPath: plane.inbox + "/" + name)
            #expect(try plane.runInbox(["--every-entry-ends"]).status == 0)
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `what the program itself wrote is no feed`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv").status == 1)
            try plane.write(try plane.program("plan", "feed.json", ["--json"]).stdout, to: "plan.json")
            let before = try plane.fingerprint()
            for name in ["reports/latest/report.json", "reports/latest/accounts.csv", "plan.json"] {
                for options in [[], ["--every-entry-ends"]] {
                    let result = try plane.program("run", name, options)
                    #expect(result.status == 65, "\(name)")
                    #expect(result.stderr.contains("this is not a feed: it is a "), "\(result.stderr)")
                }
            }
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}

@Suite("Program: status words")
struct ProgramStatusWordTests {
    @Test func `an unknown word is invalid, and the options that settle it are named`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\nANNA,terminated\nBEN,cancelled\nCLARA,active\n", to: "feed.csv")
            let result = try plane.program("run", "feed.csv")
            #expect(result.status == 1)
            let report = try plane.report()
            #expect(report.outcomes == ["invalid", "removed", "skipped"])
            let error = try #require(report.accounts[0].errors.only)
            #expect(error.contains("terminated"))
            #expect(error.contains("--removal-status") && error.contains("--staying-status"))
            #expect(result.stderr.contains("--removal-status"))
            #expect(try plane.gone() == ["BEN"])
        }
    }

    @Test func `the operator's own words take the place of the lists, in any letter case`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(
                "email,status\nANNA,Expired\nBEN,canceled\nCLARA,FUTURE\nDORA,suspended\n", to: "feed.csv")
            let words = ["--removal-status", "expired", "--staying-status", "active,canceled,future"]
            #expect(try plane.program("run", "feed.csv", words).status == 1)
            #expect(try plane.report().outcomes == ["removed", "skipped", "skipped", "invalid"])
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test(arguments: [
        ["--removal-status", "closed", "--staying-status", "Closed,live"], ["--removal-status", "cancelled,past_due"],
        ["--staying-status", "suspended"],
    ])
    func `a word in both lists is 78, and nothing is touched`(options: [String]) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\nANNA,closed\n", to: "feed.csv")
            let before = try plane.fingerprint()
            let result = try plane.program("run", "feed.csv", options)
            #expect(result.status == 78)
            #expect(result.stderr.contains("it is listed both as removal and as staying"), "\(result.stderr)")
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}

@Suite("Program: the same account more than once")
struct ProgramSameAccountTests {
    /// The rows that a feed has below its header, how the run ends, and what becomes of the entries.
    @Test(arguments: [
        ("s1,ANNA,cancelled,AGO\ns2,ANNA,active,2024-03-01\n", 0, ["skipped", "skipped"]),
        ("s1,ANNA,cancelled,AGO\ns2,ANNA,active,TOMORROW\n", 0, ["skipped", "skipped"]),
        ("s1,ANNA,active,2024-03-01\ns1,ANNA,cancelled,AGO\n", 0, ["duplicate", "removed"]),
        ("s1,ANNA,cancelled,2024-03-01\ns1,ANNA,active,AGO\n", 0, ["duplicate", "skipped"]),
        ("s1,ANNA,cancelled,AGO\ns2,ANNA,cancelled,\n,ANNA,suspended,\n", 0, ["removed", "duplicate", "duplicate"]),
        ("s1,ANNA,cancelled,\ns1,ANNA,active,AGO\n", 1, ["refused", "refused"]),
        ("s1,ANNA,cancelled,AGO\n,ANNA,active,2024-03-01\n", 1, ["refused", "refused"]),
        (",ANNA,cancelled,AGO\n,ANNA,active,2024-03-01\n", 1, ["refused", "refused"]),
    ])
    func `what its subscriptions say decides`(rows: String, status: Int32, outcomes: [String]) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("subscription_id,email,status,effective_at\n" + rows, to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == status)
            #expect(try plane.report().outcomes == outcomes)
            #expect(try plane.gone() == (outcomes.contains("removed") ? ["ANNA"] : []))
        }
    }

    @Test func `a subscription that stays is named, by its line`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("subscription_id,email,status\ns1,ANNA,cancelled\ns2,ANNA,active\n", to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 0)
            let account = try plane.report().accounts[0]
            #expect(account.errors.only?.contains("on line 3") == true, "\(account.errors)")
            #expect(try JSONObject(account.text).value("subscription_id") == "s1")
        }
    }

    @Test func `account_id decides nothing`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(
                "account_id,email,status,effective_at\nc1,ANNA,cancelled,AGO\nc1,ANNA,active,2024-03-01\n",
                to: "feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().outcomes == ["refused", "refused"])
            #expect(try plane.gone() == [])
        }
    }
}
