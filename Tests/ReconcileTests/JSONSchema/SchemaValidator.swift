import Foundation

@testable import Report
@testable import WireGuard

/// An independent opinion on JSON Schema: Python's `jsonschema`.
enum SchemaValidator {
    struct Missing: Error {}

    private static let python = PythonScript.interpreter(able: "from jsonschema import Draft202012Validator")

    /// Why these tests cannot run here; nil where they can. With WG_RECONCILE_REQUIRE_JSONSCHEMA=1 they run in any case.
    static let obstacle: String? =
        ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_JSONSCHEMA"] == "1" || python != nil
        ? nil : "no python3 here has jsonschema 4 or later"

    /// What is wrong with each of these documents; nil for one that is valid.
    ///
    /// - Parameter anchor: The part of the schema that is meant; nil for the whole.
    static func verdicts(
        on documents: [String], by schema: PublishedSchema, anchor: String? = nil
    ) throws -> [String?] {
        guard let python else { throw Missing() }
        let folder = try ReportTestFolder()
        try folder.write(schema.text, to: "schema.json")
        let output = try PythonScript("Schemas/validate.py").output(
            [folder.path + "/schema.json"] + (anchor.map { [$0] } ?? []), by: python,
            input: try JSONEncoder().encode(documents))
        return try JSONDecoder().decode([String?].self, from: output)
    }
}
