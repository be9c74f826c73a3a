import Foundation

/// A `report.json`, read as billing reads it.
struct ReportRead {
    let runID: String
    /// The command that it is of.
    let command: String
    let continued: Bool
    let wasHeld: Bool
    let stoppedBy: String?
    let accounts: [Account]
    /// The number of entries by outcome, with the other totals.
    let summary: [String: Int]
    /// The number of removals that were put off and carried out now, by outcome.
    let deferred: [String: Int]
    /// How many removals of the feed are kept until they are due.
    let putOff: Int
    /// Who ran it.
    let userID: Int?
    let sudoUser: String?

    struct Account {
        let email: String
        let outcome: String
        let errors: [String]
        /// The run that removed an account that is absent now.
        let earlierRun: String?
        let line: Int?
        /// The run, and the entry of its feed, that put the removal off.
        let deferredFrom: (run: String, entry: Int)?
        /// All of it, as JSON with sorted keys.
        let text: String
    }

    var outcomes: [String] { accounts.map(\.outcome) }

    func account(_ email: String) -> Account? { accounts.first { $0.email == email } }

    init(at path: String) throws {
        let document = try JSONObject(Data(contentsOf: URL(filePath: path)))
        let run = try document.object("run")
        runID = try run.value("id")
        command = try run.value("command")
        continued = try run.value("continued")
        wasHeld = try run.value("was_held")
        stoppedBy = try? run.value("stopped_by")
        (userID, sudoUser) = (try? run.object("run_by").value("user_id"), try? run.object("run_by").value("sudo_user"))
        putOff = try run.value("put_off")
        let totals = try document.object("summary")
        summary = totals.members.compactMapValues { $0 as? Int }
        deferred = try totals.value("deferred")
        accounts = try document.objects("accounts").map { account in
            let deferral = try? account.object("deferred_from")
            return Account(
                email: try account.value("email"), outcome: try account.value("outcome"),
                errors: try account.value("errors"),
                earlierRun: try? account.object("earlier_removal").value("run"), line: try? account.value("line"),
                deferredFrom: try deferral.map { (try $0.value("run"), try $0.value("entry")) },
                text: try account.text)
        }
    }
}

/// A JSON object of which members are asked for by name and type.
struct JSONObject {
    struct NoSuchMember: Error { var name: String }

    let members: [String: Any]

    init(_ data: Data) throws {
        guard let members = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            throw NoSuchMember(name: "(the document is no object)")
        }
        self.members = members
    }

    init(_ text: String) throws { try self.init(Data(text.utf8)) }

    private init(members: [String: Any]) { self.members = members }

    func value<Value>(_ name: String) throws -> Value {
        guard let value = members[name] as? Value else { throw NoSuchMember(name: name) }
        return value
    }

    func object(_ name: String) throws -> JSONObject { JSONObject(members: try value(name)) }

    func objects(_ name: String) throws -> [JSONObject] {
        (try value(name) as [[String: Any]]).map { JSONObject(members: $0) }
    }

    var text: String {
        get throws {
            String(
                decoding: try JSONSerialization.data(withJSONObject: members, options: .sortedKeys), as: UTF8.self)
        }
    }
}
