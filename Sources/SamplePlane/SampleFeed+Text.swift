import Foundation

/// The feed in each of the supported formats.
extension SampleFeed {
    var csv: String {
        lines(of: entries).joined(separator: "\n") + "\n"
    }

    /// A feed that ends inside a quoted field, as if it had been read while it was still being copied.
    var brokenCSV: String {
        let whole = lines(of: Array(entries.prefix(3)))
        return whole.joined(separator: "\n") + "\nacct-9999,\"nobody@example.org,cancelled\n"
    }

    func json() throws -> String {
        struct Document: Encodable {
            var accounts: [Entry]
            var count: Int
            var generatedAt: String

            enum CodingKeys: String, CodingKey {
                case accounts, count
                case generatedAt = "generated_at"
            }
        }
        let document = Document(accounts: entries, count: entries.count, generatedAt: generatedAt)
        return try text(of: document, formatting: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]) + "\n"
    }

    func jsonLines() throws -> String {
        try entries.map { try text(of: $0, formatting: [.sortedKeys, .withoutEscapingSlashes]) + "\n" }.joined()
    }

    private func text(of value: some Encodable, formatting: JSONEncoder.OutputFormatting) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func lines(of entries: [Entry]) -> [String] {
        ["account_id,email,status,effective_at,reason"]
            + entries.map { entry in
                [entry.accountID, entry.email, entry.status, entry.effectiveAt ?? "", entry.reason ?? ""]
                    .map(quotedWhereNeeded).joined(separator: ",")
            }
    }

    private func quotedWhereNeeded(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" }) else { return field }
        return "\"" + field.replacing("\"", with: "\"\"") + "\""
    }
}
