import Foundation

/// A `report.json`, read as billing reads it.
struct ReportRead {
    let runID: String
    let continued: Bool
    let stoppedBy: String?
    let accounts: [Account]
    /// The number of entries by outcome, with the other totals.
    let summary: [String: Int]

    struct Account {
        let email: String
        let outcome: String
        let errors: [String]
        /// The run that removed an account that is absent now.
        let earlierRun: String?
        let line: Int?
        /// All of it, as JSON with sorted keys.
        let text: String
    }

    var outcomes: [String] { accounts.map(\.outcome) }

    func account(_ email: String) -> Account? { accounts.first { $0.email == email } }

    init(at path: String) throws {
        let document = try JSONObject(Data(contentsOf: URL(filePath: path)))
        let run = try document.object("run")
        runID = try run.value("id")
        continued = try run.value("continued")
        stoppedBy = try? run.value("stopped_by")
        summary = try document.value("summary")
        accounts = try document.objects("accounts").map { account in
            Account(
                email: try account.value("email"), outcome: try account.value("outcome"),
                errors: try account.value("errors"),
                earlierRun: try? account.object("earlier_removal").value("run"), line: try? account.value("line"),
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
