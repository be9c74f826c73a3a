/// The name of an option on the command line, without its dashes. It is also the option's key in the configuration
/// file.
struct OptionName: Hashable, ExpressibleByStringLiteral {
    let text: String

    init(stringLiteral text: String) { self.text = text }

    /// The name that ArgumentParser gives to a property: `report-dir` for `reportDir`.
    init(ofProperty property: some StringProtocol) {
        text = property.reduce(into: "") { name, letter in
            name += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
        }
    }

    /// The environment variable for the option: `WG_RECONCILE_REPORT_DIR`.
    var variable: String {
        OptionVariables.prefix + "_" + text.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The option as a message names it.
    var asArgument: String { self == "feed" ? "FEED" : "--\(text)" }
}

/// The environment variables with this program's prefix.
enum OptionVariables {
    static let prefix = "WG_RECONCILE"

    /// Variables of the build, the tests and the demonstration, which have the same prefix.
    private static let switches =
        ["STRICT", "LONG_TESTS", "BUILD", "ANSIBLE", "AXE", "SCREENSHOTS", "WRITE_SAMPLES"].map { "\(prefix)_\($0)" }
        + ofDebugBuilds
    #if DEBUG
        private static let ofDebugBuilds = [PausePoint.variable]
    #else
        private static let ofDebugBuilds: [String] = []
    #endif
    private static let switchPrefix = "\(prefix)_REQUIRE_"

    /// The names in an environment that look like options but are not; sorted.
    static func unknown(in environment: [String: String], besides options: [OptionName]) -> [String] {
        let known = Set(options.map(\.variable) + switches)
        return environment.keys.filter { name in
            name.hasPrefix(prefix + "_") && !known.contains(name) && !name.hasPrefix(switchPrefix)
        }.sorted()
    }
}
