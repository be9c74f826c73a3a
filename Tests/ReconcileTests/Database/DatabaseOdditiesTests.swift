import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Report
@testable import SamplePlane
@testable import Support

@Suite("Databases that SQLite allows and Django does not make")
struct DatabaseOdditiesTests {
    @Test(arguments: ["UTF-16le", "UTF-16be"])
    func `one in UTF-16 is refused, since every account would be absent`(encoding: String) throws {
        try withBench { bench in
            let queue = try DatabaseQueue(path: bench.database)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA encoding = '\(encoding)'")
                try db.execute(sql: SampleSchema.year2025)
            }
            try queue.close()
            try bench.work { try $0.account("gone@x.com") }
            let failure = #expect(throws: DatabaseFailure.self) { try bench.run(["gone@x.com"]) }
            #expect(failure?.reason == .notUTF8(encoding: encoding))
            #expect(failure?.exitStatus == .databaseUnusable)
            #expect(failure?.cause.contains("its encoding is \(encoding)") == true)
            #expect(try bench.count("wireguard_wireguardinstance") == 1)
        }
    }

    /// Quotes in names, and a capital letter that only SQLite leaves as it is.
    @Test func `a table with quotes in its name keeps the account it refers to, and no other`() throws {
        try withBench { bench in
            try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                try plane.account("bob@example.com")
                try plane.db.execute(
                    sql: #"""
                        CREATE TABLE "Rechnung ""Ü""" (id INTEGER PRIMARY KEY, "für ""wen""" NOT NULL
                            REFERENCES wireguard_wireguardinstance(uuid) DEFERRABLE INITIALLY DEFERRED)
                        """#)
                try plane.db.execute(
                    sql: #"INSERT INTO "Rechnung ""Ü""" ("für ""wen""") VALUES (?)"#, arguments: [ann.instance])
            }
            let finished = try bench.run(["ann@example.com", "bob@example.com"])
            #expect(finished.failure == nil)
            #expect(finished.outcomes == [.refused, .removed])
            let error = try #require(finished.results[0].errors.first)
            #expect(error.contains(#"the table rechnung "Ü""#) && error.contains(#"its column für "wen""#))
        }
    }

    @Test func `a reference of such a table that dangles is found`() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("bob@example.com")
                try plane.db.execute(
                    sql: """
                        CREATE TABLE "a ""table" (id INTEGER PRIMARY KEY, whose INTEGER REFERENCES "auth_user" ("id"));
                        INSERT INTO "a ""table" (whose) VALUES (987654);
                        """)
            }
            let finished = try bench.run(["bob@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(
                finished.record.danglingReferences == [
                    #"1 row of a "table refers to a missing row of auth_user (rowid 1)"#
                ])
        }
    }
}
