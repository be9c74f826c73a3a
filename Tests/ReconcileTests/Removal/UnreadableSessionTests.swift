import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report

@Suite("Sessions that cannot be read")
struct UnreadableSessionTests {
    /// JSON in the form of Django's `signing.dumps`.
    private func signed(_ json: String) -> String {
        Data(json.utf8).base64EncodedString().replacing("=", with: "") + ":1abcde:" + String(repeating: "s", count: 43)
    }

    @Test("stay, and are counted")
    func unreadableStays() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                for (key, data) in [("x", "garbage"), ("y", signed("[]")), ("z", signed("{}"))] {
                    try plane.insert(
                        "django_session", ["session_key": key, "session_data": data, "expire_date": "2027-01-01"])
                }
                try plane.db.execute(sql: "INSERT INTO django_session VALUES ('blob', x'00ff3a3a', '2027-01-01')")
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.record.sessions.examined == 5)
            #expect(finished.record.sessions.unreadable == 3)
            #expect(finished.record.sessions.removed == 1)
            #expect(try bench.strings("SELECT session_key FROM django_session ORDER BY 1") == ["blob", "x", "y", "z"])
        }
    }
}
