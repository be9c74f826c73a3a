import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Support

/// Databases that were filled by something else than Django write times in other ways.
@Suite("When an account was created, as the database tells it")
struct CreationTimeTests {
    /// What is put into the column, in SQL, and what is read.
    private static let readable: [(sql: String, time: String)] = [
        ("'2024-03-10 12:00:00.5'", "2024-03-10T12:00:00.5Z"),
        ("'2024-03-10 12:00:00'", "2024-03-10T12:00:00Z"),
        ("'2024-03-10T12:00:00Z'", "2024-03-10T12:00:00Z"),
        ("'2024-03-10 14:00:00.25+02:00'", "2024-03-10T12:00:00.25Z"),
        ("'2024-03-10 12:00'", "2024-03-10T12:00:59Z"),
        ("'2024-03-10'", "2024-03-10T23:59:59Z"),
        // SQLite makes a number of this text, since the column is a `datetime`.
        ("'1710072000'", "2024-03-10T12:00:00Z"),
        ("1710072000", "2024-03-10T12:00:00Z"),
        ("1710072000.5", "2024-03-10T12:00:00.5Z"),
        // It makes a whole number of this one, too.
        ("julianday('2024-03-10 12:00:00')", "2024-03-10T12:00:00Z"),
        ("julianday('2024-03-10 18:00:00')", "2024-03-10T18:00:00Z"),
        ("julianday('2024-03-10 18:00:00.123')", "2024-03-10T18:00:00.123Z"),
    ]

    @Test(arguments: readable)
    func `what can be read decides whether it signed up again`(sql: String, time: String) throws {
        let created = try #require(UTCTime(rfc3339: time))
        for goes in [true, false] {
            try withBench { bench in
                try bench.work { plane in
                    try plane.account("a@x.com")
                    try plane.db.execute(sql: "UPDATE wireguard_wireguardinstance SET created = \(sql)")
                    try plane.db.execute(sql: "UPDATE auth_user SET date_joined = \(sql)")
                }
                let effective = created.adding(seconds: goes ? 1 : -1).rfc3339
                try bench.write("email,status,effective_at\na@x.com,cancelled,\(effective)\n")
                let result = try Reconciliation(bench.options(), .still()).run().results[0]
                #expect(result.outcome == (goes ? .removed : .refused), "\(result.errors)")
                if !goes {
                    #expect(
                        result.errors == [
                            "signed up again: the instance was created at \(time), after the cancellation took effect at "
                                + effective
                        ])
                }
            }
        }
    }

    @Test(arguments: [
        ("''", "\"\""),
        ("'yesterday'", "\"yesterday\""),
        ("'10.03.2024 12:00'", "\"10.03.2024 12:00\""),
        ("'2024-03-10 12:00:00 CET'", "\"2024-03-10 12:00:00 CET\""),
        ("'2024-02-30'", "\"2024-02-30\""),
        ("'a' || char(10) || 'b' || char(27)", "\"a\\nb\\u{001B}\""),
        ("replace(hex(zeroblob(100)), '0', 'x')", "\"" + String(repeating: "x", count: 60) + "…\""),
        // Milliseconds, a date whose digits were run together, and numbers that may be anything.
        ("1710072000000", "the number 1710072000000"),
        ("20240310", "the number 20240310"),
        ("20240310120000", "the number 20240310120000"),
        ("-1.5", "the number -1.5"),
        ("0", "the number 0"),
    ])
    func `what cannot be read refuses the account, and is shown`(sql: String, shown: String) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("a@x.com")
                try plane.account("b@x.com")
                try plane.db.execute(
                    sql: "UPDATE wireguard_wireguardinstance SET created = \(sql) WHERE name = 'a@x.com'")
                try plane.db.execute(sql: "UPDATE auth_user SET date_joined = \(sql) WHERE email = 'b@x.com'")
            }
            let finished = try bench.run(["a@x.com", "b@x.com"])
            #expect(finished.outcomes == [.refused, .refused])
            let unknown = "was created, so it may be newer than the cancellation: "
            #expect(
                finished.results.map(\.errors) == [
                    [
                        "it is unknown when the instance \(unknown)wireguard_wireguardinstance.created is \(shown)"
                    ], ["it is unknown when the user \(unknown)auth_user.date_joined is \(shown)"],
                ])
        }
    }
}
