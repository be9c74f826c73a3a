import ControlPlane
import Support

/// Tables unknown to this program that refer to accounts, and dangling references.
enum ReferencesCheck {
    static func findings(_ database: ControlPlaneDatabase) -> [Finding] {
        do {
            let unknown = unknownReferences(database.schema)
            let dangling = try DanglingReferences.sentences(database)
            let byValue = try database.referencesByValue()
            let findings =
                unknown + byValue.map(Self.finding)
                + dangling.map { Finding.note("references", $0 + "; this is left as it is") }
            return findings.isEmpty ? [.ok("references", "all tables are known; no dangling references")] : findings
        } catch let error as any ExplainedError {
            return [.problem("references", error)]
        } catch {
            return [.problem("references", "\(error)", try: "report it with this message")]
        }
    }

    private static func finding(_ reference: ControlPlaneSchema.Reference) -> Finding {
        .problem(
            "references",
            "\(reference.unknown.subject) refers\(reference.unknown.byColumn) to \(reference.parentTable); if it decides who may "
                + "connect, configs are wrong, and a run ends with 1",
            try:
                "if the application does not read it when it exports: --accept-column \(reference.acceptance.description.quotedForShell)"
        )
    }

    private static func unknownReferences(_ schema: ControlPlaneSchema) -> [Finding] {
        schema.unknownReferences.map { reference in
            let isUndecided = schema.undecidedReferences.contains(reference)
            return .note(
                "references",
                "\(reference.unknown.subject) refers\(reference.unknown.byColumn) to \(reference.parentTable); an account with such rows would be refused"
                    + (isUndecided
                        ? "; if it decides who may connect, configs are wrong, and a run ends with 1 where rows use it"
                        : ""),
                try: "look for a version of wg-reconcile that knows the table"
                    + (isUndecided
                        ? "; if the application does not read it when it exports: --accept-column \(reference.acceptance.description.quotedForShell)"
                        : ""))
        }
    }
}
