import Foundation

/// An independent opinion on JSON Schema: Python's `jsonschema`.
package enum SchemaValidator {
    package struct Missing: Error {}

    private static let python = PythonScript.interpreter(able: "from jsonschema import Draft202012Validator")

    /// Why these tests cannot run here; nil where they can. With WG_RECONCILE_REQUIRE_JSONSCHEMA=1 they run in any case.
    package static let obstacle: String? =
        ProcessInfo.processInfo.environment["WG_RECONCILE_REQUIRE_JSONSCHEMA"] == "1" || python != nil
        ? nil : "no python3 here has jsonschema 4 or later"

    /// What is wrong with each of these documents; nil for one that is valid.
    ///
    /// - Parameter anchor: The part of the schema that is meant; nil for the whole.
    package static func verdicts(
        on documents: [String], by schema: String, anchor: String? = nil
    ) throws -> [String?] {
        guard let python else { throw Missing() }
        let folder = try ScratchFolder()
        try folder.write(schema, to: "schema.json")
        let output = try PythonScript("Schemas/validate.py").output(
            [folder.path + "/schema.json"] + (anchor.map { [$0] } ?? []), by: python,
            input: try JSONEncoder().encode(documents))
        return try JSONDecoder().decode([String?].self, from: output)
    }
}
