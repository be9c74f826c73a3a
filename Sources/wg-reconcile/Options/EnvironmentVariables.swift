import ArgumentParser
import Foundation

/// Options that are given as variables: `--report-dir` as `WG_RECONCILE_REPORT_DIR`.
struct EnvironmentVariables {
    private let variables: [String: String]

    init(_ variables: [String: String] = ProcessInfo.processInfo.environment) { self.variables = variables }

    /// The value of an option that the command line has not given; nil where the variable is missing or empty.
    ///
    /// - Throws: a ``WrongVariable`` where it cannot be such a value.
    func value<Value: ExpressibleByArgument>(_ option: String, as type: Value.Type = Value.self) throws -> Value? {
        let name = Self.name(of: option)
        guard let text = variables[name], !text.isEmpty else { return nil }
        guard let value = Value(argument: text) else {
            throw WrongVariable(name: name, expected: Value.allValueStrings)
        }
        return value
    }

    /// - Returns: false where the variable is missing or empty.
    func flag(_ option: String) throws -> Bool {
        let name = Self.name(of: option)
        switch variables[name]?.lowercased() {
        case nil, "", "0", "false", "no": return false
        case "1", "true", "yes": return true
        default: throw WrongVariable(name: name, expected: ["1", "0"])
        }
    }

    static func name(of option: String) -> String {
        "WG_RECONCILE_" + option.uppercased().replacingOccurrences(of: "-", with: "_")
    }
}
